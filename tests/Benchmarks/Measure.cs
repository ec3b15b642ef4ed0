using System.Diagnostics;
using System.Globalization;

namespace AdminPortal.Benchmarks;

/// <summary>How fast something went, and what the whole machine spent on it: database, portal and load generator together.</summary>
/// <param name="Rate">Operations a second.</param>
/// <param name="CpuPerOperation">Processor time for one.</param>
internal readonly record struct Speed(double Rate, TimeSpan CpuPerOperation);

internal static class Measure
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>Sends requests over so many connections for so long, after as much again (a second at least) to warm up.</summary>
    /// <exception cref="InvalidOperationException">A request was not answered as it should be: a fast error is no result.</exception>
    public static async Task<Speed> HttpAsync(
        HttpClient client, int connections, TimeSpan time, Func<int, HttpRequestMessage> request, CancellationToken cancellationToken)
    {
        await RunAsync(TimeSpan.FromSeconds(Math.Max(1, time.TotalSeconds / 2)));
        return await WithCpuAsync(() => RunAsync(time), time);

        async Task<long> RunAsync(TimeSpan length)
        {
            var until = Stopwatch.GetTimestamp() + (long)(length.TotalSeconds * Stopwatch.Frequency);
            var sent = 0L;
            await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(
                async () =>
                {
                    while (Stopwatch.GetTimestamp() < until)
                    {
                        using var message = request((int)Interlocked.Increment(ref sent));
                        using var answer = await client.SendAsync(message, cancellationToken);
                        await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
                        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{message.RequestUri} answered {answer.StatusCode}.");
                    }
                },
                cancellationToken)));
            return sent;
        }
    }

    public static async Task<Speed> PgbenchAsync(Pgbench pgbench, string script, int clients, TimeSpan time, CancellationToken cancellationToken)
    {
        var before = Busy();
        var rate = await pgbench.RunAsync(script, clients, time, cancellationToken);
        return new(rate, (Busy() - before) / (rate * time.TotalSeconds));
    }

    private static async Task<Speed> WithCpuAsync(Func<Task<long>> work, TimeSpan time)
    {
        var (before, clock) = (Busy(), Stopwatch.StartNew());
        var operations = await work();
        return new(operations / clock.Elapsed.TotalSeconds, (Busy() - before) / operations);
    }

    /// <summary>What all processors have worked since the machine started: user, nice, system, irq, softirq (proc(5)).</summary>
    private static TimeSpan Busy()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Tick * new[] { 1, 2, 3, 6, 7 }.Sum(n => long.Parse(fields[n], CultureInfo.InvariantCulture));
    }
}
