using AdminPortal.Data;

namespace AdminPortal.Hosting.OutgoingMail.Relay;

/// <summary>
/// The server that takes what mailboxes here send to elsewhere; section <c>MailServer:Smarthost</c>. Without a host nothing is sent to
/// elsewhere, and clients are told so before they hand a message over.
/// </summary>
internal sealed class SmarthostOptions
{
    public const string Section = "MailServer:Smarthost";

    public string? Host { get; set; }

    /// <summary>Null: 465 with TLS from the first byte, 587 with STARTTLS, 25 with none.</summary>
    public int? Port { get; set; }

    /// <summary><see cref="ConnectionSecurity.None"/> is for a relay on the same machine: no password goes over it.</summary>
    public ConnectionSecurity Security { get; set; } = ConnectionSecurity.ImplicitTls;

    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>How long one attempt may take, from connecting to the last answer. A worker that died holds its message not much longer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>After the first failure; each further one doubles it.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan LongestPause { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long it is tried (RFC 5321, 4.5.4.1: at least 4 to 5 days).</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>When senders who asked for it hear that a message still waits.</summary>
    public TimeSpan TellOfDelayAfter { get; set; } = TimeSpan.FromHours(4);

    /// <summary>Messages on their way at the same time, for each process.</summary>
    public int AtOnce { get; set; } = 4;

    public int UsedPort => Port ?? Security switch
    {
        ConnectionSecurity.ImplicitTls => 465,
        ConnectionSecurity.StartTls => 587,
        _ => 25,
    };

    public IEnumerable<string> Errors()
    {
        if (Port is < 1 or > 65_535) yield return $"{Section}:{nameof(Port)} is {Port}; it must be from 1 to 65535.";
        if (AtOnce is < 1 or > 64) yield return $"{Section}:{nameof(AtOnce)} is {AtOnce}; it must be from 1 to 64.";
        foreach (var (name, value, most) in new[]
        {
            (nameof(Timeout), Timeout, TimeSpan.FromHours(1)), (nameof(FirstPause), FirstPause, TimeSpan.FromDays(1)),
            (nameof(LongestPause), LongestPause, TimeSpan.FromDays(1)), (nameof(GiveUpAfter), GiveUpAfter, TimeSpan.FromDays(30)),
            (nameof(TellOfDelayAfter), TellOfDelayAfter, TimeSpan.FromDays(30)),
        })
            if (value < TimeSpan.FromSeconds(1) || value > most) yield return $"{Section}:{name} is {value}; it must be from a second to {most}.";
        if (LongestPause < FirstPause) yield return $"{Section}:{nameof(LongestPause)} is shorter than {nameof(FirstPause)}.";
        if (Host is not null && Uri.CheckHostName(Host) == UriHostNameType.Unknown) yield return $"{Section}:{nameof(Host)} '{Host}' is no host name.";
        if (Host is null && (UserName is not null || Password is not null))
            yield return $"{Section}:{nameof(Host)} is empty, but other settings of {Section} are not: name the server, or none of them.";
        if (UserName is null != Password is null)
            yield return $"{Section}:{nameof(UserName)} and {Section}:{nameof(Password)} belong together: give both or neither.";
        if (UserName is not null && Security == ConnectionSecurity.None)
            yield return $"{Section}:{nameof(Security)} is None: a password is not sent over a connection without TLS.";
    }

    // A password is not printed.
    public override string ToString() => $"{Host}:{UsedPort}";
}
