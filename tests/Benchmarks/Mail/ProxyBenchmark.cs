using System.Globalization;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>What the role <c>proxy</c> adds: the same through it and without it, by turns.</summary>
internal sealed class ProxyBenchmark(
    MailReport report, MailCases direct, MailCases through, IReadOnlyList<Account> accounts, CancellationToken cancellationToken)
{
    private const int WarmUp = 300;

    public async Task RunAsync()
    {
        await CompareAsync("sign-in and sign-off", 300, cases => Task.FromResult(new Loop(null, async () =>
        {
            await using var client = await cases.SignedInAsync(accounts[27]);
            await client.AskAsync("a LOGOUT\r\n", End.Tagged, cancellationToken);
        })));
        await CompareAsync("NOOP", 3_000, async cases =>
        {
            var client = await cases.SignedInAsync(accounts[26]);
            return new(client, () => client.AskAsync("a NOOP\r\n", End.Tagged, cancellationToken));
        });
        await CompareAsync("FETCH of a body of 10 kB", 3_000, cases => cases.FetchBody()(0));
    }

    private async Task CompareAsync(string what, int rounds, Func<MailCases, Task<Loop>> @case)
    {
        await using var near = await @case(direct);
        await using var far = await @case(through);
        foreach (var loop in new[] { near, far }) await Latency.OfAsync(loop.OnceAsync, WarmUp);
        var (alone, proxied) = (await Latency.OfAsync(near.OnceAsync, rounds), await Latency.OfAsync(far.OnceAsync, rounds));
        report.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"| proxy in front: {what} | 1 | {proxied} | without it: {alone} | adds {(proxied.Median - alone.Median).TotalMilliseconds:0.00} ms | |"));
    }
}
