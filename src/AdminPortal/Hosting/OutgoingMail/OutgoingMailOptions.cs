using AdminPortal.Data;
using MimeKit;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>The SMTP server that the portal's own mail goes to; section <c>OutgoingMail</c>. Without a host the portal sends no mail, and pages that would say so.</summary>
internal sealed class OutgoingMailOptions
{
    public const string Section = "OutgoingMail";

    public string? Host { get; set; }

    /// <summary>Null: 465 with TLS from the first byte, 587 with STARTTLS, 25 with none.</summary>
    public int? Port { get; set; }

    /// <summary><see cref="ConnectionSecurity.None"/> is for a relay on the same machine: no password goes over it.</summary>
    public ConnectionSecurity Security { get; set; } = ConnectionSecurity.ImplicitTls;

    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>The sender: <c>portal@example.org</c>, or with a name: <c>Mail portal &lt;portal@example.org&gt;</c>.</summary>
    public string? From { get; set; }

    /// <summary>How long one attempt may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    public MailRoute? Route => Host is null ? null : new(Host, Port ?? UsualPort, Security, UserName, Password ?? "", null, From!, Timeout);

    private int UsualPort => Security switch
    {
        ConnectionSecurity.ImplicitTls => 465,
        ConnectionSecurity.StartTls => 587,
        _ => 25,
    };

    public IEnumerable<string> Errors()
    {
        if (Port is < 1 or > 65_535)
            yield return $"{Section}:{nameof(Port)} is {Port}; it must be from 1 to 65535.";
        if (Timeout < TimeSpan.FromSeconds(1) || Timeout > TimeSpan.FromMinutes(5))
            yield return $"{Section}:{nameof(Timeout)} is {Timeout}; it must be from 1 second to 5 minutes.";
        if (Host is null)
        {
            if (UserName is not null || Password is not null || From is not null)
                yield return $"{Section}:{nameof(Host)} is empty, but other settings of {Section} are not: name the server, or none of them.";
            yield break;
        }
        if (Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            yield return $"{Section}:{nameof(Host)} '{Host}' is no host name.";
        if (From is null || !MailboxAddress.TryParse(From, out var sender) || sender.Domain.Length == 0)
            yield return $"{Section}:{nameof(From)} '{From}' is no mail address, such as portal@example.org.";
        if (UserName is null != Password is null)
            yield return $"{Section}:{nameof(UserName)} and {Section}:{nameof(Password)} belong together: give both or neither.";
        if (UserName is not null && Security == ConnectionSecurity.None)
            yield return $"{Section}:{nameof(Security)} is None: a password is not sent over a connection without TLS.";
    }
}
