namespace AdminPortal.Hosting;

/// <summary>
/// Everything that this installation puts up with, in one place; section <c>Limits</c>. The mail server's own are a library's and stand under
/// <c>MailServer:Limits</c>; the page of limits shows both. Limits are of each process, except those on guesses, which all processes share.
/// </summary>
internal sealed class LimitsOptions
{
    public const string Section = "Limits";

    public WebLimits Web { get; set; } = new();

    public RequestLimits Requests { get; set; } = new();

    public GuessLimits Guesses { get; set; } = new();

    public HashingLimits Hashing { get; set; } = new();

    public ImportLimits Import { get; set; } = new();

    public MailboxLimits Mailboxes { get; set; } = new();

    public MailLimits Mail { get; set; } = new();

    public IEnumerable<string> Errors() =>
    [
        .. LimitChecks.Positive($"{Section}:{nameof(Web)}", Web),
        .. LimitChecks.Positive($"{Section}:{nameof(Requests)}", Requests),
        .. LimitChecks.Positive($"{Section}:{nameof(Guesses)}", Guesses),
        .. LimitChecks.Positive($"{Section}:{nameof(Hashing)}", Hashing),
        .. LimitChecks.Positive($"{Section}:{nameof(Import)}", Import),
        .. LimitChecks.Positive($"{Section}:{nameof(Mailboxes)}", Mailboxes),
        .. LimitChecks.Positive($"{Section}:{nameof(Mail)}", Mail),
        .. Web.Errors($"{Section}:{nameof(Web)}"),
        .. Guesses.Errors($"{Section}:{nameof(Guesses)}"),
        .. Import.Errors($"{Section}:{nameof(Import)}"),
    ];
}

/// <summary>Connections to the web's ports, and how slow they may be.</summary>
internal sealed class WebLimits
{
    /// <summary>Of all clients together.</summary>
    public int Connections { get; set; } = 10_000;

    /// <summary>Of <see cref="Connections"/>, at most this many without anybody who was known by a session or token: the rest is kept for those.</summary>
    public int ConnectionsBeforeSignIn { get; set; } = 8_000;

    /// <summary>From one address (IPv6: one /64). Trusted proxies speak for many and are not counted.</summary>
    public int ConnectionsPerAddress { get; set; } = 2_000;

    /// <summary>For the TLS handshake.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For a request's headers to arrive whole.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>For a connection on which nothing is asked.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Before the two rates below are asked for.</summary>
    public TimeSpan RateGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Bytes a second at which a body must arrive.</summary>
    public int BodyRate { get; set; } = 240;

    /// <summary>Bytes a second at which an answer must be read.</summary>
    public int AnswerRate { get; set; } = 240;

    /// <summary>Bytes of a request's first line.</summary>
    public int RequestLineBytes { get; set; } = 8 * 1024;

    /// <summary>Bytes of all headers of a request.</summary>
    public int HeadersBytes { get; set; } = 32 * 1024;

    /// <summary>Headers of a request.</summary>
    public int Headers { get; set; } = 100;

    /// <summary>Requests at the same time on one HTTP/2 connection.</summary>
    public int StreamsPerConnection { get; set; } = 100;

    // Kestrel looks at its connections once a second.
    public IEnumerable<string> Errors(string section)
    {
        if (RateGrace <= TimeSpan.FromSeconds(1)) yield return $"{section}:{nameof(RateGrace)} is {RateGrace}; it must be more than a second.";
    }
}

/// <summary>How much and how often may be asked over HTTP. Files are taken by the import alone, see <see cref="ImportLimits"/>.</summary>
internal sealed class RequestLimits
{
    /// <summary>Bytes of a request's body, where nothing else is said below.</summary>
    public long BodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes of a request that names many mailboxes: 100,000 ids or addresses of ordinary length.</summary>
    public long SelectionBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Requests a minute from one address (IPv6: one /64), pages and API together, whoever asks.</summary>
    public int PerAddress { get; set; } = 6_000;

    /// <summary>Calls of the API a minute with one token.</summary>
    public int PerToken { get; set; } = 1_200;

    /// <summary>Calls of the API a minute about one tenant with all tokens together.</summary>
    public int PerTenant { get; set; } = 6_000;
}

/// <summary>Deriving and hashing passwords, which costs a processor for 1 to 100 ms each.</summary>
internal sealed class HashingLimits
{
    /// <summary>At the same time.</summary>
    public int AtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>Sign-ins that may wait for their turn; whoever comes then is told to come back later.</summary>
    public int Waiting { get; set; } = 256;
}

/// <summary>How much one imported file may ask of the server.</summary>
internal sealed class ImportLimits
{
    /// <summary>The largest file, in bytes as sent. 256 MiB hold about two million rows of <c>Get-CASMailbox</c>.</summary>
    public long MaxBytes { get; set; } = 256L * 1024 * 1024;

    /// <summary>The most rows, header and empty lines not counted.</summary>
    public int MaxRows { get; set; } = 2_000_000;

    /// <summary>The longest row, in bytes of UTF-8: what an unclosed quote may swallow before it is noticed.</summary>
    public int MaxRowBytes { get; set; } = 64 * 1024;

    public IEnumerable<string> Errors(string section)
    {
        if (MaxRowBytes is < 1024 or > 1024 * 1024) yield return $"{section}:{nameof(MaxRowBytes)} must lie between 1024 and 1048576.";
    }
}

/// <summary>What is kept for one mailbox.</summary>
internal sealed class MailboxLimits
{
    /// <summary>Folders.</summary>
    public int Folders { get; set; } = 2_000;

    /// <summary>Octets of its messages, where nothing else is set for the mailbox or its plan.</summary>
    public long Octets { get; set; } = 50L * 1024 * 1024 * 1024;

    /// <summary>Messages that it sends in an hour of the clock, over all processes.</summary>
    public int MessagesPerHour { get; set; } = 1_800;

    /// <summary>Recipients of these messages together.</summary>
    public int RecipientsPerHour { get; set; } = 10_000;

    /// <summary>Rows of its sign-ins: the oldest go first.</summary>
    public int SignInsKept { get; set; } = 200;

    /// <summary>App passwords. Each is compared at every sign-in.</summary>
    public int AppPasswords { get; set; } = 50;

    /// <summary>Octets of its protocol log, about: what comes later is not in it.</summary>
    public long ProtocolLogOctets { get; set; } = 4 * 1024 * 1024;
}

internal static class LimitChecks
{
    /// <summary>Every limit is finite and lets something through: numbers at least 1, times at most a day.</summary>
    public static IEnumerable<string> Positive(string section, object limits)
    {
        foreach (var property in limits.GetType().GetProperties().Where(p => p.CanWrite))
            switch (property.GetValue(limits))
            {
                case int number when number < 1:
                    yield return $"{section}:{property.Name} is {number}; it must be at least 1.";
                    break;
                case long number when number < 1:
                    yield return $"{section}:{property.Name} is {number}; it must be at least 1.";
                    break;
                case TimeSpan time when time <= TimeSpan.Zero || time > TimeSpan.FromDays(1):
                    yield return $"{section}:{property.Name} is {time}; it must be more than nothing and at most a day.";
                    break;
            }
    }
}
