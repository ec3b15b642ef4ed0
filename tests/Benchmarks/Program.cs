using System.Globalization;
using AdminPortal.Benchmarks;
using AdminPortal.Benchmarks.Mail;
using AdminPortal.Tests.Infrastructure;

// dotnet run -c Release --project tests/Benchmarks [seconds a case] [mailboxes …]
// dotnet run -c Release --project tests/Benchmarks -- mail [seconds a case] [only cases with this in their name]
// Each figure comes with its base in the same run; only the ratios mean anything on another machine.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, e) => { e.Cancel = true; stop.Cancel(); };

return args is ["mail", ..] ? await MailAsync() : await PortalAsync();

async Task<int> MailAsync()
{
    var report = new MailReport();
    var time = TimeSpan.FromSeconds(args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 4);
    await using (var cluster = await MigratedCluster.StartAsync(stop.Token, durable: true))
        await new MailBenchmark(cluster, report, time, stop.Token).RunAsync(args.Length > 2 ? args[2] : "");
    Console.WriteLine();
    Console.WriteLine(report);
    return 0;
}

async Task<int> PortalAsync()
{
    var numbers = args.Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToList();
    var time = TimeSpan.FromSeconds(numbers.FirstOrDefault(3));
    var sizes = numbers.Count > 1 ? numbers[1..] : [1_000, 1_000_000];
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
}
