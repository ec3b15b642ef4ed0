using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Options;

namespace AdminPortal.MailServer;

/// <summary>Where the mail server listens and what it puts up with; section <c>MailServer</c>. Every limit is finite.</summary>
public sealed class MailServerOptions
{
    public const string Section = "MailServer";

    /// <summary>Port for IMAP with STARTTLS; null: no such listener; 0: any free port (see <see cref="MailListeners"/>).</summary>
    public int? ImapPort { get; set; } = 1143;

    /// <summary>Port for IMAP with implicit TLS.</summary>
    public int? ImapsPort { get; set; } = 1993;

    /// <summary>Port for POP3 with STLS.</summary>
    public int? Pop3Port { get; set; } = 1110;

    /// <summary>Port for POP3 with implicit TLS.</summary>
    public int? Pop3sPort { get; set; } = 1995;

    /// <summary>Port for submission with STARTTLS.</summary>
    public int? SubmissionPort { get; set; } = 1587;

    /// <summary>Port for submission with implicit TLS.</summary>
    public int? SubmissionsPort { get; set; } = 1465;

    /// <summary>The addresses to listen on. Empty: all, IPv6 and IPv4.</summary>
    public IList<string> BindAddresses { get; } = [];

    /// <summary>The name the server gives itself in greetings and trace lines.</summary>
    public string HostName { get; set; } = "localhost";

    /// <summary>
    /// Asked at each handshake, so that a renewed certificate serves the next connection. Null from it: no certificate now; STARTTLS is
    /// refused and implicit TLS connections are closed. Set in code, not bound.
    /// </summary>
    public Func<SslStreamCertificateContext?>? Certificate { get; set; }

    /// <summary>Mailboxes are kept by other servers: before a login, nothing is promised that only some of them can. Set in code.</summary>
    public bool Relays { get; set; }

    /// <summary>Proxies in front speak for many and are not counted by address. Set in code, not bound; null: there are none.</summary>
    public Func<IPAddress, bool>? IsProxy { get; set; }

    public MailServerLimits Limits { get; set; } = new();

    /// <summary>The configured listeners, off ones left out.</summary>
    internal IEnumerable<MailListener> Listeners() => new (string Name, MailProtocol Protocol, ListenerSecurity Security, int? Port)[]
    {
        ("imap", MailProtocol.Imap, ListenerSecurity.StartTls, ImapPort),
        ("imaps", MailProtocol.Imap, ListenerSecurity.ImplicitTls, ImapsPort),
        ("pop3", MailProtocol.Pop3, ListenerSecurity.StartTls, Pop3Port),
        ("pop3s", MailProtocol.Pop3, ListenerSecurity.ImplicitTls, Pop3sPort),
        ("submission", MailProtocol.Smtp, ListenerSecurity.StartTls, SubmissionPort),
        ("submissions", MailProtocol.Smtp, ListenerSecurity.ImplicitTls, SubmissionsPort),
    }.Where(l => l.Port is not null).Select(l => new MailListener(l.Name, l.Protocol, l.Security, l.Port!.Value));
}

/// <summary>What one client may cost. Times are absolute where the text says so, else they start again with each command.</summary>
public sealed class MailServerLimits
{
    /// <summary>From accept to a successful login, TLS handshake included, however busy the client is. Absolute.</summary>
    public TimeSpan SignInTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For the TLS handshake alone. Absolute.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>RFC 9051, 5.4: at least 30 minutes.</summary>
    public TimeSpan ImapIdleTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>RFC 1939, 3: at least 10 minutes.</summary>
    public TimeSpan Pop3IdleTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>RFC 5321, 4.5.3.2.7: at least 5 minutes.</summary>
    public TimeSpan SmtpIdleTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For a client that does not read what it asked for.</summary>
    public TimeSpan WriteTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>For reaching the server that keeps a mailbox and signing in there. Absolute.</summary>
    public TimeSpan RelaySignInTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Octets of an IMAP command with its literals, without the message of APPEND.</summary>
    public int ImapCommandSize { get; set; } = 10_240;

    /// <summary>Octets of an IMAP literal before login.</summary>
    public int ImapLiteralSizeBeforeSignIn { get; set; } = 4_096;

    /// <summary>Octets of a POP3 command line (RFC 2449, 4: at least 255).</summary>
    public int Pop3CommandSize { get; set; } = 512;

    /// <summary>Octets of an SMTP command line (RFC 5321, 4.5.3.1.4: at least 512; extensions add to it).</summary>
    public int SmtpCommandSize { get; set; } = 2_048;

    /// <summary>Octets of one line of a SASL exchange (RFC 4954, 4: 12,288), whatever the command limit.</summary>
    public int SaslLineSize { get; set; } = 12_288;

    /// <summary>Octets of a message, appended or submitted.</summary>
    public long MessageSize { get; set; } = 50 * 1024 * 1024;

    /// <summary>RFC 5321, 4.5.3.1.8: at least 100.</summary>
    public int RecipientsPerMessage { get; set; } = 100;

    /// <summary>Signed-in connections of one mailbox, for each protocol.</summary>
    public int ConnectionsPerMailbox { get; set; } = 16;

    /// <summary>Connections from one address (IPv6: one /64), signed in or not.</summary>
    public int ConnectionsPerAddress { get; set; } = 30;

    /// <summary>Connections of all clients together.</summary>
    public int Connections { get; set; } = 10_000;

    /// <summary>Of <see cref="Connections"/>, at most this many may be without a login: the rest is kept for those who have one.</summary>
    public int ConnectionsBeforeSignIn { get; set; } = 2_000;

    /// <summary>Failed logins before the connection is closed. A client with a wrong password may try each mechanism in turn, and is to hear
    /// that it is wrong; how many guesses there are in a minute is the backend's throttle's to say.</summary>
    public int SignInAttempts { get; set; } = 6;

    /// <summary>Bad commands before the connection is closed, before login.</summary>
    public int BadCommandsBeforeSignIn { get; set; } = 3;

    /// <summary>The same after login.</summary>
    public int BadCommands { get; set; } = 50;
}

/// <summary>Says everything that is wrong at once, naming the setting.</summary>
internal sealed class ValidateMailServerOptions : IValidateOptions<MailServerOptions>
{
    public ValidateOptionsResult Validate(string? name, MailServerOptions options)
    {
        var errors = Ports(options).Concat(Host(options)).Concat(Limits(options.Limits)).ToList();
        if (options.Certificate is null)
            errors.Add("MailServer:Certificate: the host must say where the TLS certificate comes from.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Ports(MailServerOptions options)
    {
        foreach (var listener in options.Listeners().Where(l => l.Port is < 0 or > 65_535))
            yield return $"MailServer: the port of {listener.Name} is {listener.Port}; it must be 0 (any free one) to 65535, or absent.";
        foreach (var twice in options.Listeners().Where(l => l.Port > 0).GroupBy(l => l.Port).Where(g => g.Count() > 1))
            yield return $"MailServer: port {twice.Key} is given to {string.Join(" and ", twice.Select(l => l.Name))}.";
        foreach (var address in options.BindAddresses.Where(a => !IPAddress.TryParse(a, out _)))
            yield return $"MailServer:BindAddresses: '{address}' is not an IP address.";
    }

    private static IEnumerable<string> Host(MailServerOptions options)
    {
        if (Uri.CheckHostName(options.HostName) is not (UriHostNameType.Dns or UriHostNameType.IPv4) || options.HostName.Length > 253)
            yield return $"MailServer:HostName: '{options.HostName}' is not a host name.";
    }

    private static IEnumerable<string> Limits(MailServerLimits limits)
    {
        foreach (var property in typeof(MailServerLimits).GetProperties())
        {
            var positive = property.GetValue(limits) switch
            {
                int number => number > 0,
                long number => number > 0,
                TimeSpan time => time > TimeSpan.Zero && time <= TimeSpan.FromDays(1),
                _ => true,
            };
            if (!positive)
                yield return $"MailServer:Limits:{property.Name}: must be greater than zero, and a time at most one day.";
        }

        foreach (var (setting, value, least) in Floors(limits).Where(f => f.Value < f.Least))
            yield return $"MailServer:Limits:{setting}: {value} is less than the standard's {least}.";
    }

    /// <summary>What the standards promise to clients (see the options' remarks).</summary>
    private static IEnumerable<(string Setting, long Value, long Least)> Floors(MailServerLimits limits) =>
    [
        (nameof(limits.ImapCommandSize), limits.ImapCommandSize, 8_192),
        (nameof(limits.Pop3CommandSize), limits.Pop3CommandSize, 255),
        (nameof(limits.SmtpCommandSize), limits.SmtpCommandSize, 1_024),
        (nameof(limits.SaslLineSize), limits.SaslLineSize, 12_288),
        (nameof(limits.MessageSize), limits.MessageSize, 65_536),
        (nameof(limits.RecipientsPerMessage), limits.RecipientsPerMessage, 100),
    ];
}
