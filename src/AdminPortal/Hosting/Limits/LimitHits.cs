using System.Collections.Concurrent;

namespace AdminPortal.Hosting;

/// <summary>How often each limit was reached since this process started, by the name of its setting.</summary>
internal sealed class LimitHits
{
    private readonly ConcurrentDictionary<string, long> hits = new();

    /// <param name="setting">As in a file: <c>Limits:Guesses:PerAccount</c>. One of the settings, never a caller's words.</param>
    public void Count(string setting) => hits.AddOrUpdate(setting, 1, (_, before) => before + 1);

    public long Of(string setting) => hits.GetValueOrDefault(setting);
}
