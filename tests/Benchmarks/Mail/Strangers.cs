using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>
/// A thousand strangers who connect and say nothing, and a thousand who drip one octet every few seconds, from addresses of their own; a good client
/// signs in, looks and leaves, over and over, until the last of them is gone.
/// </summary>
internal sealed class Strangers(MailReport report, PortalMail portal, MailCases cases, Account account, CancellationToken cancellationToken)
{
    private const int OfEach = 1_000;
    private const int FromOneAddress = 20;
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(65);

    public async Task RunAsync()
    {
        var clock = Stopwatch.StartNew();
        var strangers = Enumerable.Range(0, 2 * OfEach).Select(n => Task.Run(() => StayAsync(n), cancellationToken)).ToList();
        var (times, failures) = (new List<TimeSpan>(), 0);
        while (!strangers.All(stranger => stranger.IsCompleted) && clock.Elapsed < 2 * Longest)
        {
            var visit = Stopwatch.StartNew();
            try
            {
                await using var client = await cases.SignedInAsync(account);
                await client.AskAsync("a SELECT INBOX\r\n", End.Tagged, cancellationToken);
                await client.AskAsync("a LOGOUT\r\n", End.Tagged, cancellationToken);
            }
            catch (Exception failure) when (failure is InvalidOperationException or IOException or SocketException)
            {
                failures++;
            }
            times.Add(visit.Elapsed);
            await Task.Delay(TimeSpan.FromMilliseconds(20), cancellationToken);
        }

        var stayed = (await Task.WhenAll(strangers)).Max();
        report.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"| a good client among {OfEach:N0} idle and {OfEach:N0} dripping strangers | 1 | {Latency.Of(times)}, {failures} of {times.Count} failed | | p95 at most 100 ms, none failed | |"));
        report.Add(string.Create(CultureInfo.InvariantCulture, $"| the last stranger is shown out | {2 * OfEach:N0} | after {stayed.TotalSeconds:0} s | | at most {Longest.TotalSeconds:0} s | |"));
    }

    /// <returns>How long until the server hung up.</returns>
    private async Task<TimeSpan> StayAsync(int n)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(new IPAddress([127, 1, (byte)(n / FromOneAddress / 200), (byte)(n / FromOneAddress % 200 + 1)]), 0));
        await socket.ConnectAsync(IPAddress.Loopback, portal.Clear.Port, cancellationToken);
        var clock = Stopwatch.StartNew();
        using var gone = new CancellationTokenSource();
        var drips = n % 2 == 0 ? Task.CompletedTask : DripAsync(socket, gone.Token);
        var buffer = new byte[256];
        try
        {
            while (clock.Elapsed < 2 * Longest && await socket.ReceiveAsync(buffer, cancellationToken) > 0) { }
        }
        catch (SocketException)
        {
            // Hung up on all the same.
        }
        var stayed = clock.Elapsed;
        await gone.CancelAsync();
        await drips.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return stayed;
    }

    private static async Task DripAsync(Socket socket, CancellationToken cancellationToken)
    {
        using var every = new PeriodicTimer(TimeSpan.FromSeconds(5));
        while (await every.WaitForNextTickAsync(cancellationToken)) await socket.SendAsync(new byte[] { (byte)'a' }, cancellationToken);
    }
}
