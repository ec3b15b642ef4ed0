using System.Globalization;
using AdminPortal.Benchmarks;
using AdminPortal.Tests.Infrastructure;

// dotnet run -c Release --project tests/Benchmarks [seconds a case] [mailboxes …]
// Each figure comes with its base in the same run; only the ratios mean anything on another machine.
var numbers = args.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToList();
var time = TimeSpan.FromSeconds(numbers.FirstOrDefault(3));
var sizes = numbers.Count > 1 ? numbers[1..] : [1_000, 1_000_000];

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

var report = new Report();
await using (var cluster = await MigratedCluster.StartAsync(stop.Token, durable: true))
{
    var cases = new Cases(cluster, report, time, stop.Token);
    foreach (var mailboxes in sizes) await cases.ServeAsync(mailboxes);
    foreach (var mailboxes in sizes) await cases.ImportAsync(mailboxes);
}
Console.WriteLine();
Console.WriteLine(report);
return 0;
