namespace AdminPortal.Data;

/// <summary>
/// Where mail programs find this installation's own listeners; section <c>MailServer</c>, which the mail server reads too. What is shown is
/// what the world sees: behind a port forwarding or a load balancer the public host and ports differ from the ones listened on.
/// </summary>
public sealed class MailServerAddresses
{
    public const string Section = "MailServer";

    /// <summary>The name that people type in and that the certificate bears.</summary>
    public string PublicHost { get; set; } = "localhost";

    /// <summary>Ports that differ from the listening ones; each is optional.</summary>
    public PublicPorts PublicPorts { get; set; } = new();

    /// <summary>STARTTLS; null: no such listener.</summary>
    public int? ImapPort { get; set; } = 1143;

    public int? ImapsPort { get; set; } = 1993;

    public int? Pop3Port { get; set; } = 1110;

    public int? Pop3sPort { get; set; } = 1995;

    public int? SubmissionPort { get; set; } = 1587;

    public int? SubmissionsPort { get; set; } = 1465;

    /// <summary>The port for one protocol and kind of TLS, or null where this installation does not offer it.</summary>
    public int? PortOf(MailProtocol protocol, ConnectionSecurity security) => (protocol, security) switch
    {
        (MailProtocol.Imap, ConnectionSecurity.ImplicitTls) => PublicPorts.Imaps ?? ImapsPort,
        (MailProtocol.Imap, ConnectionSecurity.StartTls) => PublicPorts.Imap ?? ImapPort,
        (MailProtocol.Pop3, ConnectionSecurity.ImplicitTls) => PublicPorts.Pop3s ?? Pop3sPort,
        (MailProtocol.Pop3, ConnectionSecurity.StartTls) => PublicPorts.Pop3 ?? Pop3Port,
        (MailProtocol.Smtp, ConnectionSecurity.ImplicitTls) => PublicPorts.Submissions ?? SubmissionsPort,
        (MailProtocol.Smtp, ConnectionSecurity.StartTls) => PublicPorts.Submission ?? SubmissionPort,
        // The reference server takes no sign-in without TLS.
        _ => null,
    };
}

/// <summary>The ports that the world sees, where they differ.</summary>
public sealed class PublicPorts
{
    public int? Imap { get; set; }

    public int? Imaps { get; set; }

    public int? Pop3 { get; set; }

    public int? Pop3s { get; set; }

    public int? Submission { get; set; }

    public int? Submissions { get; set; }
}
