using System.Collections.Concurrent;

namespace AdminPortal.Hosting;

/// <summary>How often each limit was reached since this process started, by the name of its setting.</summary>
internal sealed class LimitHits
{
    // Of the others nobody counts how often they were reached: they shape a limit, or are kept where there is nobody to tell it.
    private static readonly HashSet<string> Counted =
    [
        "Limits:Web:Connections", "Limits:Web:ConnectionsBeforeSignIn", "Limits:Web:ConnectionsPerAddress", "Limits:Web:HeadersTimeout",
        "Limits:Web:KeepAliveTimeout", "Limits:Web:BodyRate", "Limits:Web:AnswerRate", "Limits:Web:HeadersBytes", "Limits:Web:Headers",
        "Limits:Web:RequestLineBytes", "Limits:Requests:BodyBytes", "Limits:Requests:SelectionBytes", "Limits:Requests:PerAddress",
        "Limits:Requests:PerToken", "Limits:Requests:PerTenant", "Limits:Guesses:PerAccount", "Limits:Guesses:PerAddress",
        "Limits:Guesses:PerNetwork", "Limits:Guesses:PerWideNetwork", "Limits:Guesses:Free", "Limits:Guesses:Repeats", "Limits:Hashing:Waiting",
        "Limits:Import:MaxBytes", "Limits:Import:MaxRows", "Limits:Import:MaxRowBytes", "Limits:Mail:ResetsPerAccount", "Limits:Mail:ResetsPerAddress", "Limits:Mail:InvitationsPerDay",
    ];

    private readonly ConcurrentDictionary<string, long> hits = new();

    public static bool Counts(string setting) => Counted.Contains(setting) || setting.StartsWith("MailServer:Limits:", StringComparison.Ordinal);

    /// <param name="setting">As in a file: <c>Limits:Guesses:PerAccount</c>. One of the settings, never a caller's words.</param>
    public void Count(string setting) => hits.AddOrUpdate(setting, 1, (_, before) => before + 1);

    public long Of(string setting) => hits.GetValueOrDefault(setting);
}
