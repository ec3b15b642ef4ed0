using System.Globalization;

namespace AdminPortal.Benchmarks;

/// <summary>How fast something went, and what it cost: database, portal and load generator together.</summary>
/// <param name="Rate">Operations a second.</param>
/// <param name="CpuPerOperation">Processor time for one.</param>
internal readonly record struct Speed(double Rate, TimeSpan CpuPerOperation);

/// <summary>Measures a load against the portal, and its base against the database alone, over the same time.</summary>
internal sealed class Measure(Processes processes, TimeSpan time, CancellationToken cancellationToken)
{
    /// <summary>The portal compiles itself while it serves, first quickly and then well; what it is like afterwards is what counts.</summary>
    private static readonly TimeSpan WarmUpStep = TimeSpan.FromSeconds(2);

    private const int MostWarmUpSteps = 12;
    private const int FewestWarmUpRequests = 4_000;

    /// <summary>Warms up until the rate has settled, then measures.</summary>
    public async Task<Speed> HttpAsync(Wrk wrk, Load load, int connections)
    {
        var (best, sameAgain, enough) = (0d, 0, load.Sent + FewestWarmUpRequests);
        for (var step = 0; step < MostWarmUpSteps && (sameAgain < 2 || load.Sent < enough); step++)
        {
            var rate = await wrk.RunAsync(load, connections, WarmUpStep, cancellationToken);
            sameAgain = rate < 1.05 * best ? sameAgain + 1 : 0;
            best = Math.Max(best, rate);
        }
        return await WithCpuAsync(() => wrk.RunAsync(load, connections, time, cancellationToken));
    }

    public Task<Speed> PgbenchAsync(Pgbench pgbench, string script, int clients) =>
        WithCpuAsync(() => pgbench.RunAsync(script, clients, time, cancellationToken));

    /// <summary>The same for what this process asks of somebody itself.</summary>
    public async Task<Speed> WithCpuAsync(Func<Task<double>> work)
    {
        var before = processes.Spent();
        var rate = await work();
        return new(rate, (processes.Spent() - before) / (rate * time.TotalSeconds));
    }
}

/// <summary>What some programs have worked, whatever else the machine does: this one, those named, and what they started.</summary>
internal sealed class Processes(params IReadOnlyCollection<int> programs)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    public TimeSpan Spent() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id) ? id : 0)
        .Where(id => id > 0)
        .Select(Read)
        .Where(process => process.Id == Environment.ProcessId || programs.Contains(process.Id) || programs.Contains(process.Parent))
        .Aggregate(TimeSpan.Zero, (sum, process) => sum + process.Spent);

    // proc(5): after the name, which may hold blanks, state and parent; 12 to 15 are user and system time, its own and its ended children's.
    private static (int Id, int Parent, TimeSpan Spent) Read(int id)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (id, Number(fields[1]), Tick * fields[11..15].Sum(Number));
        }
        catch (IOException)
        {
            // It has just ended; its parent has its time.
            return default;
        }
    }

    private static int Number(string field) => int.Parse(field, CultureInfo.InvariantCulture);
}
