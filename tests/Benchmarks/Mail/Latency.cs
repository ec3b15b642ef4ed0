using System.Diagnostics;
using System.Globalization;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>How long one thing takes, over and over.</summary>
internal readonly record struct Latency(TimeSpan Median, TimeSpan P95)
{
    public static Latency Of(List<TimeSpan> times)
    {
        times.Sort();
        return new(times[times.Count / 2], times[times.Count * 95 / 100]);
    }

    public static async Task<Latency> OfAsync(Func<Task> once, int rounds)
    {
        var times = new List<TimeSpan>(rounds);
        for (var round = 0; round < rounds; round++)
        {
            var clock = Stopwatch.StartNew();
            await once();
            times.Add(clock.Elapsed);
        }
        return Of(times);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"median {Median.TotalMilliseconds:0.00} ms, p95 {P95.TotalMilliseconds:0.00} ms");
}
