using AdminPortal.Hosting;

namespace AdminPortal.Features.MailHosting.Proxy;

/// <summary>Where the role <c>proxy</c> finds mail servers, and where it may look for them; section <c>MailProxy</c>.</summary>
internal sealed class MailProxyOptions
{
    public const string Section = "MailProxy";

    /// <summary>The processes with the role <c>mail</c>, which keep the mailboxes of embedded pods: the name in their certificate. Null: none.</summary>
    public string? Host { get; set; }

    /// <summary>Their port for IMAP4, TLS from the first octet.</summary>
    public int ImapsPort { get; set; } = 1993;

    /// <summary>Their port for POP3, TLS from the first octet.</summary>
    public int Pop3sPort { get; set; } = 1995;

    /// <summary>Their port for submission, TLS from the first octet.</summary>
    public int SubmissionsPort { get; set; } = 1465;

    /// <summary>
    /// Networks inside the operator's own walls that tenants' pods may lie in, such as <c>10.1.2.0/24</c>; separated by commas. Public addresses
    /// need no entry.
    /// </summary>
    public string AllowedNetworks { get; set; } = "";

    public IReadOnlyList<string> Allowed => [.. HostingOptions.Words(AllowedNetworks).Select(Networks.Read).OfType<string>()];

    public int PortOf(Data.MailProtocol protocol) => protocol switch
    {
        Data.MailProtocol.Imap => ImapsPort,
        Data.MailProtocol.Pop3 => Pop3sPort,
        _ => SubmissionsPort,
    };

    public IEnumerable<string> Errors()
    {
        if (Host is not null && Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            yield return $"{Section}:{nameof(Host)} '{Host}' is not a host name.";
        foreach (var (name, port) in new[] { (nameof(ImapsPort), ImapsPort), (nameof(Pop3sPort), Pop3sPort), (nameof(SubmissionsPort), SubmissionsPort) })
            if (port is < 1 or > 65_535)
                yield return $"{Section}:{name} is {port}; it must be 1 to 65535.";
        foreach (var network in HostingOptions.Words(AllowedNetworks).Where(text => Networks.Read(text) is null))
            yield return $"{Section}:{nameof(AllowedNetworks)}: '{network}' is neither an address nor a network such as 10.0.0.0/8.";
    }
}
