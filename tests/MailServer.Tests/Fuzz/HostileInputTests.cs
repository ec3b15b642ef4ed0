using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using AdminPortal.MailServerTests.Wire;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Xunit;

namespace AdminPortal.MailServerTests.Fuzz;

/// <summary>
/// Malformed input over real sockets, without TLS, after STARTTLS and with implicit TLS, by strangers and by people who have signed in, many
/// at once. It may be refused as one likes, but nothing may fail, hang, leak or grow, and a good client goes on being served. How to run the
/// long form, and what it said: README.md.
/// </summary>
public sealed class HostileInputTests
{
    private const string Secret = "the-secret-of-somebody-else";
    private const int InputsPerConnection = 20;
    private const int AtOnce = 8;
    private const int ConnectionsPerMailbox = 200;
    private const long MostGrowth = 150L * 1024 * 1024;

    /// <summary>From a client's end to the server's. More than that is a hang.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    /// <summary>Commands that the server takes, of each protocol; MAILSERVER_FUZZ_INPUTS=100000 is the long form.</summary>
    private static readonly int Inputs = int.TryParse(Environment.GetEnvironmentVariable("MAILSERVER_FUZZ_INPUTS"), out var inputs) ? inputs : 1_200;

    private static readonly int[] Seeds = [20261124, 1, 42, 8314, 9051];

    private readonly List<string> failures = [];

    private enum Way
    {
        Plain,
        StartTls,
        ImplicitTls,
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Smtp)]
    public async Task Malformed_input_does_no_harm(MailProtocol protocol)
    {
        await using var host = new MailHost { Configure = ForManyMistakes };
        await host.InitializeAsync();
        var canary = host.NewMailbox();
        var started = Stopwatch.GetTimestamp();
        var before = 0L;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var good = GoodClientAsync(host, protocol, canary, over.Token);

        for (var round = 0; host.Commands < Inputs; round++)
        {
            FillMailboxes(host);
            await RoundAsync(host, protocol, round);
            // What is loaded and compiled once is no growth: the first round is for that.
            if (round == 0) before = WorkingSet();
        }

        var grown = WorkingSet() - before;
        await over.CancelAsync();
        var times = await good;
        Report(protocol, host.Commands, Stopwatch.GetElapsedTime(started), grown, times);
        Assert.Empty(failures);
        Assert.Empty(host.Errors);
        Assert.True(grown <= MostGrowth, $"The process grew by {grown / 1024 / 1024} MB.");
        Assert.NotEmpty(times);
        Assert.True(SpinWait.SpinUntil(() => host.Open == 0, Patience), $"{host.Open} connections are still open.");
    }

    // So many that a connection lives through its share. That too many end it is told elsewhere.
    private static void ForManyMistakes(MailServerOptions options)
    {
        options.Limits.BadCommands = options.Limits.BadCommandsBeforeSignIn = options.Limits.SignInAttempts = 1_000_000;
        options.Limits.ConnectionsPerMailbox = 1_000;
    }

    private static void FillMailboxes(MailHost host)
    {
        host.Backend.AddMailbox(TestServer.Alice, TestServer.Password);
        host.Backend.AddMailbox(TestServer.Bob, TestServer.Password);
        host.Backend.Deliver(TestServer.Alice, "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ntext\n--b--\n");
        host.Backend.Deliver(TestServer.Bob, $"Subject: {Secret}\n\n{Secret}\n");
    }

    private async Task RoundAsync(MailHost host, MailProtocol protocol, int round)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            for (int number; (number = Interlocked.Increment(ref next)) < ConnectionsPerMailbox && host.Commands < Inputs;)
                await ConnectionAsync(host, protocol, (Way)(number % 3), Seeds[round % Seeds.Length] + (round * ConnectionsPerMailbox) + number);
        }));
    }

    private async Task ConnectionAsync(MailHost host, MailProtocol protocol, Way way, int seed)
    {
        var random = new Random(seed);
        var (signIn, words) = FuzzTests.Corpora[protocol];
        using var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync("localhost", host.Port(Listener(protocol, way)), Cancelled);
            await using var stream = await SecureAsync(client.GetStream(), protocol, way);
            var reading = ReadAsync(stream);
            if (way != Way.Plain && random.Next(4) > 0) await stream.WriteAsync(Encoding.UTF8.GetBytes(signIn), Cancelled);
            await SendAsync(stream, random, words, reading);
            client.Client.Shutdown(SocketShutdown.Send);
            await reading.WaitAsync(Patience, Cancelled);
        }
        catch (TimeoutException)
        {
            Fail($"{protocol} {way} seed {seed}: still open {Patience} after the client's end");
        }
        catch (Exception hangUp) when (hangUp is IOException or SocketException)
        {
            // The server may hang up at any time; the rest of the inputs was not sent.
        }
    }

    private static async Task SendAsync(Stream stream, Random random, string[] words, Task reading)
    {
        for (var count = 0; count < InputsPerConnection && !reading.IsCompleted; count++)
        {
            await stream.WriteAsync(FuzzTests.Noise(random, words, most: 12), Cancelled);
            await stream.WriteAsync("\r\n"u8.ToArray(), Cancelled);
        }
    }

    /// <summary>To the end, and nothing in it that only the server's inside or another mailbox could have said.</summary>
    private async Task ReadAsync(Stream stream)
    {
        var (buffer, tail) = (new byte[32 * 1024], "");
        for (int read; (read = await stream.ReadAsync(buffer, Cancelled)) > 0;)
        {
            var text = tail + Encoding.Latin1.GetString(buffer, 0, read);
            if (text.Contains(Secret, StringComparison.Ordinal) || text.Contains("Exception", StringComparison.Ordinal) || text.Contains("   at ", StringComparison.Ordinal))
                Fail($"The server said: {text}");
            tail = text[^Math.Min(text.Length, Secret.Length)..];
        }
    }

    private static string Listener(MailProtocol protocol, Way way) =>
        (protocol switch { MailProtocol.Imap => "imap", MailProtocol.Pop3 => "pop3", _ => "submission" }) + (way == Way.ImplicitTls ? "s" : "");

    private static async Task<Stream> SecureAsync(NetworkStream plain, MailProtocol protocol, Way way)
    {
        if (way == Way.Plain) return plain;
        if (way == Way.StartTls)
        {
            await ReadLineAsync(plain);
            await plain.WriteAsync(Encoding.ASCII.GetBytes(protocol switch { MailProtocol.Imap => "a STARTTLS\r\n", MailProtocol.Pop3 => "STLS\r\n", _ => "STARTTLS\r\n" }), Cancelled);
            await ReadLineAsync(plain);
        }
        var tls = new SslStream(plain, leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Cancelled);
        return tls;
    }

    private static async Task ReadLineAsync(Stream stream)
    {
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, Cancelled) > 0 && octet[0] != '\n') { }
    }

    /// <summary>Signs in, asks something and signs off, twice a second. How long each took.</summary>
    private async Task<List<TimeSpan>> GoodClientAsync(MailHost host, MailProtocol protocol, string mailbox, CancellationToken over)
    {
        var times = new List<TimeSpan>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        do
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                using MailService client = protocol switch { MailProtocol.Imap => new ImapClient(), MailProtocol.Pop3 => new Pop3Client(), _ => new SmtpClient() };
                client.CheckCertificateRevocation = false;
                client.ServerCertificateValidationCallback = (_, _, _, _) => true;
                await client.ConnectAsync("localhost", host.Port(Listener(protocol, Way.ImplicitTls)), SecureSocketOptions.SslOnConnect, Cancelled);
                await client.AuthenticateAsync(mailbox, TestServer.Password, Cancelled);
                await client.NoOpAsync(Cancelled);
                await client.DisconnectAsync(true, Cancelled);
                times.Add(Stopwatch.GetElapsedTime(started));
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Fail($"The good client was not served: {exception.Message}");
            }
        }
        while (await TicksAsync(timer, over));
        return times;
    }

    private static async Task<bool> TicksAsync(PeriodicTimer timer, CancellationToken over)
    {
        try
        {
            return await timer.WaitForNextTickAsync(over);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Fail(string what)
    {
        lock (failures)
            if (failures.Count < 20) failures.Add(what);
    }

    private static long WorkingSet()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        return self.WorkingSet64;
    }

    private void Report(MailProtocol protocol, long taken, TimeSpan took, long grown, List<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{protocol}: {taken} commands taken, seeds {string.Join(' ', Seeds)}, {took.TotalSeconds:F0} s, {failures.Count} findings, grown by {grown / 1024 / 1024} MB; "
            + $"good client {sorted.Count} times, p50 {sorted[sorted.Count / 2].TotalMilliseconds:F0} ms, p95 {sorted[sorted.Count * 95 / 100].TotalMilliseconds:F0} ms, most {sorted[^1].TotalMilliseconds:F0} ms");
    }
}
