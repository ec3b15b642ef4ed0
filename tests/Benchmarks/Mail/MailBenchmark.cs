using System.Diagnostics;
using System.Globalization;
using AdminPortal.Tests.Infrastructure;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>The mail server beside Dovecot, case by case: first ours, then theirs, with the same client on the same octets.</summary>
internal sealed class MailBenchmark(MigratedCluster cluster, MailReport report, TimeSpan time, CancellationToken cancellationToken)
{
    private const int Mailboxes = 200;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    public async Task RunAsync(string only)
    {
        await using var database = await cluster.CopyAsync(cancellationToken);
        await Population.FillAsync(database.OwnerConnectionString, tenants: 1, Mailboxes, cancellationToken);
        using var certificate = new Certificate();
        var accounts = await PortalMail.AccountsAsync(database, 30, cancellationToken);
        await PortalMail.AddServiceCredentialAsync(database, certificate, cancellationToken);
        await using var ours = await PortalMail.StartAsync(database, certificate, cancellationToken);
        await using var theirs = await Dovecot.StartAsync(certificate, accounts, cancellationToken);
        var (mine, dovecots) = (new MailCases(ours, accounts, cancellationToken), theirs is null ? null : new MailCases(theirs, accounts, cancellationToken));
        await Task.WhenAll(mine.FillAsync(), dovecots?.FillAsync() ?? Task.CompletedTask);

        foreach (var (name, goal, @case, connections) in Cases().Where(c => c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            foreach (var at in connections)
            {
                var speed = await MeasureAsync(ours, @case(mine), at);
                report.Add(name, at, speed, theirs is null ? null : await MeasureAsync(theirs, @case(dovecots!), at), goal);
            }

        foreach (var peer in new (string Name, IMailPeer Peer, MailCases Cases)?[] { ("ours", ours, mine), theirs is null ? null : ("Dovecot", theirs, dovecots!) })
            if (peer is var (name, server, cases))
                await WaitingAsync(only, name, server, cases, accounts);
        if ("proxy".Contains(only, StringComparison.OrdinalIgnoreCase))
            await using (var proxy = await ours.StartProxyAsync(database, certificate, cancellationToken))
                await new ProxyBenchmark(report, mine, new MailCases(proxy, accounts, cancellationToken), accounts, cancellationToken).RunAsync();
        if ("strangers".Contains(only, StringComparison.OrdinalIgnoreCase))
            await new Strangers(report, ours, mine, accounts[28], cancellationToken).RunAsync();
    }

    private static IEnumerable<(string Name, double Goal, Func<MailCases, Func<int, Task<Loop>>> Case, int[] Connections)> Cases() =>
    [
        ("IMAP4 sign-in and sign-off", 2.0, cases => cases.SignIn(), [16]),
        ("SELECT and FETCH FLAGS of 1,000", 1.0, cases => cases.SelectAndFlags(), [1, 10]),
        ("FETCH of a body of 10 kB", 1.0, cases => cases.FetchBody(), [1, 10]),
        ("FETCH of 100 bodies of 10 kB", 1.0, cases => cases.FetchBodies(), [1, 10]),
        ("SEARCH SUBJECT in 10,000", 1.0, cases => cases.SearchSubject(), [1, 10]),
        ("POP3 RETR of 10 kB", 1.0, cases => cases.Retrieve(), [1, 10]),
        ("APPEND of 10 kB", 0.7, cases => cases.Append(), [1, 10]),
        ("submission of 10 kB", 0.7, cases => cases.Deliver(), [1, 10]),
    ];

    private async Task<Speed> MeasureAsync(IMailPeer peer, Func<int, Task<Loop>> @case, int connections)
    {
        var loops = await Task.WhenAll(Enumerable.Range(0, connections).Select(@case));
        await RunAsync(loops, WarmUp);
        var speed = await new Measure(new Processes(peer.Programs), time, cancellationToken).WithCpuAsync(() => RunAsync(loops, time));
        foreach (var loop in loops) await loop.DisposeAsync();
        return speed;
    }

    /// <returns>Operations a second.</returns>
    private static async Task<double> RunAsync(IReadOnlyList<Loop> loops, TimeSpan time)
    {
        var (clock, done) = (Stopwatch.StartNew(), 0L);
        await Task.WhenAll(loops.Select(loop => Task.Run(async () =>
        {
            for (; clock.Elapsed < time; Interlocked.Increment(ref done)) await loop.OnceAsync();
        })));
        return done / clock.Elapsed.TotalSeconds;
    }

    /// <summary>What a thousand idle sessions cost, and how soon one of them hears of a new message.</summary>
    private async Task WaitingAsync(string only, string name, IMailPeer peer, MailCases cases, IReadOnlyList<Account> accounts)
    {
        const int sessions = 1_000;
        if ("idle".Contains(only, StringComparison.OrdinalIgnoreCase))
        {
            var before = Memory.Of(peer.Programs[0]);
            var idle = new List<MailClient>();
            foreach (var ten in Enumerable.Range(0, sessions).Chunk(10))
                idle.AddRange(await Task.WhenAll(ten.Select(n => IdleAsync(cases, accounts[n % 10 + 20]))));
            report.Add(string.Create(CultureInfo.InvariantCulture, $"| memory of an idle IMAP4 session, {name} | {sessions:N0} | {(Memory.Of(peer.Programs[0]) - before) / sessions / 1024.0:0} KiB | | at most 64 KiB | |"));
            foreach (var client in idle) await client.DisposeAsync();
        }
        if (!"append exists".Contains(only, StringComparison.OrdinalIgnoreCase)) return;
        var heard = await UntilHeardAsync(cases, accounts[29], name == "ours" ? 200 : 20);
        report.Add(string.Create(CultureInfo.InvariantCulture, $"| APPEND to EXISTS in another IDLE session, {name} | 2 | {heard} | | median at most 10 ms | |"));
    }

    private async Task<MailClient> IdleAsync(MailCases cases, Account account)
    {
        var client = await cases.SelectedAsync(account, "INBOX");
        await client.AskAsync("a IDLE\r\n", End.Continuation, cancellationToken);
        return client;
    }

    private async Task<Latency> UntilHeardAsync(MailCases cases, Account account, int rounds)
    {
        await using var listener = await IdleAsync(cases, account);
        await using var writer = await cases.SignedInAsync(account);
        byte[] message = [.. Letters.Make(1, Letters.Short), .. "\r\n"u8];
        return await Latency.OfAsync(
            async () =>
            {
                await writer.AskAsync($"a APPEND INBOX {{{Letters.Short}}}\r\n", End.Continuation, cancellationToken);
                var heard = ReadExistsAsync(listener);
                await writer.AskAsync(message, End.Tagged, cancellationToken);
                await heard;
            },
            rounds);
    }

    private async Task ReadExistsAsync(MailClient listener)
    {
        do await listener.ReadAsync(End.Untagged, cancellationToken);
        while (!listener.Text().Contains("EXISTS", StringComparison.Ordinal));
    }
}
