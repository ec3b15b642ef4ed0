using System.Diagnostics.Metrics;
using System.Net.Security;
using System.Net.Sockets;
using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>What is true of a connection whatever it speaks.</summary>
public sealed class ConnectionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_client_that_does_not_read_is_let_go_and_does_not_fill_the_memory()
    {
        await using var server = new TestServer();
        server.Backend.Deliver(TestServer.Alice, "Subject: long\n\n" + new string('x', 100_000) + "\n");
        var client = server.Connect(MailProtocol.Imap);
        await client.LineAsync("a LOGIN alice@contoso.example \"correct horse\"\r\nb SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\nd FETCH 1 BODY.PEEK[]");
        // The clock moves until the server has noticed: how far it got with writing is its own business.
        while (!client.IsClosed)
        {
            server.Clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Yield();
        }

        await client.Closed;
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_message_asked_for_five_hundred_times_in_one_command_is_not_gathered_in_memory()
    {
        await using var server = new TestServer(options => options.Limits.ImapCommandSize = 16_384);
        server.Backend.Deliver(TestServer.Alice, "Subject: long\n\n" + new string('x', 4_000_000) + "\n");
        var client = server.Connect(MailProtocol.Imap);
        var before = GC.GetTotalAllocatedBytes();
        var items = string.Join(' ', Enumerable.Repeat("BODY.PEEK[TEXT]", 500));
        await client.LineAsync($"a LOGIN alice@contoso.example \"correct horse\"\r\nb SELECT INBOX\r\nc FETCH 1 ({items})");

        await client.ReadUntilAsync(line => line.StartsWith("* 1 FETCH", StringComparison.Ordinal));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1_000_000_000);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task The_same_over_sockets_and_tls_ends_with_a_cut()
    {
        await using var host = new MailHost { Configure = options => options.Limits.WriteTimeout = TimeSpan.FromMilliseconds(200) };
        await host.InitializeAsync();
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: long\n\n" + new string('x', 30_000_000) + "\n");
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", host.Port("imaps"), Cancelled);
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, Cancelled);
        var commands = $"a LOGIN {mailbox} \"{TestServer.Password}\"\r\nb SELECT INBOX\r\nc FETCH 1 BODY.PEEK[]\r\n";
        await tls.WriteAsync(System.Text.Encoding.ASCII.GetBytes(commands), Cancelled);

        await host.FirstClosed.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        var (total, buffer) = (0L, new byte[65_536]);
        var end = await Record.ExceptionAsync(async () =>
        {
            while (await tls.ReadAsync(buffer, Cancelled) is > 0 and var read)
                total += read;
        });
        Assert.True(total < 30_000_000, $"{total} octets came, then {end?.Message}");
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task A_slow_reader_is_no_idler()
    {
        await using var server = new TestServer();
        server.Backend.Deliver(TestServer.Alice, "Subject: long\n\n" + string.Concat(Enumerable.Repeat(new string('x', 70) + "\n", 50_000)));
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");
        await client.AskAsync("PASS correct horse");
        await client.LineAsync("RETR 1");
        for (var line = 0; line < 50_000; line++)
        {
            await client.ReadLineAsync();
            // More than the pipe holds lies between two steps of the clock, so the server has made progress.
            if (line % 2_000 == 0)
                server.Clock.Advance(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(".", (await client.ReadUntilAsync(line => line == "."))[^1]);
        Assert.Equal("+OK OK", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task Sixteen_thousand_pipelined_commands_are_answered_in_order()
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Imap);
        var reading = client.ReadToEndAsync();
        await client.LineAsync("a LOGIN alice@contoso.example \"correct horse\"");
        await client.SendAsync(string.Concat(Enumerable.Range(0, 16_000).Select(number => $"n{number} NOOP\r\n")));
        await client.HangUpAsync();
        Assert.Equal(Enumerable.Range(0, 16_000).Select(number => $"n{number} OK Done"), (await reading).Skip(2));
    }

    [Fact]
    public async Task Shutting_down_says_goodbye_to_every_protocol()
    {
        var host = new MailHost();
        await host.InitializeAsync();
        var expected = new Dictionary<string, string>
        {
            ["imap"] = "* BYE [UNAVAILABLE] The server is shutting down",
            ["pop3"] = "-ERR [SYS/TEMP] The server is shutting down",
            ["submission"] = "421 4.3.2 The server is shutting down",
        };
        var readers = new Dictionary<string, StreamReader>();
        foreach (var listener in expected.Keys)
        {
            var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", host.Port(listener), Cancelled);
            readers[listener] = new StreamReader(client.GetStream());
            await readers[listener].ReadLineAsync(Cancelled);
        }

        await host.DisposeAsync();
        foreach (var (listener, line) in expected)
        {
            Assert.Equal(line, await readers[listener].ReadLineAsync(Cancelled));
            Assert.Null(await readers[listener].ReadLineAsync(Cancelled));
        }
    }

    [Fact]
    public async Task Without_a_certificate_starttls_is_not_offered_and_implicit_tls_is_closed()
    {
        await using var server = new TestServer(options => options.Certificate = () => null);
        var client = server.Connect(MailProtocol.Pop3, secure: false);
        await client.ReadLineAsync();
        Assert.Equal("-ERR [SYS/TEMP] TLS is not available now", await client.AskAsync("STLS"));
        await client.LineAsync("CAPA");
        Assert.DoesNotContain("STLS", await client.ReadUntilAsync(line => line == "."));
    }

    [Fact]
    public async Task A_renewed_certificate_serves_the_next_connection()
    {
        SslStreamCertificateContext? now = null;
        await using var server = new TestServer(options => options.Certificate = () => now);
        var client = server.Connect(MailProtocol.Pop3, secure: false);
        await client.ReadLineAsync();
        await client.LineAsync("CAPA");
        Assert.DoesNotContain("STLS", await client.ReadUntilAsync(line => line == "."));

        now = TestCertificates.Server;
        await client.LineAsync("CAPA");
        Assert.Contains("STLS", await client.ReadUntilAsync(line => line == "."));
    }

    [Fact]
    public void Options_report_every_error_at_once()
    {
        using var services = new ServiceCollection().AddLogging().AddMailServer(options =>
        {
            options.ImapPort = 70_000;
            options.Pop3Port = options.Pop3sPort = 1110;
            options.HostName = "not a host name";
            options.BindAddresses.Add("nowhere");
            options.Limits.Connections = 0;
            options.Limits.ImapCommandSize = 100;
        }).BuildServiceProvider();

        var failure = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<MailServerOptions>>().Value);
        Assert.Equal(7, failure.Failures.Count());
    }

    [Fact]
    public async Task Connections_sign_ins_and_commands_are_counted()
    {
        await using var server = new TestServer();
        var counts = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, meter) =>
        {
            if (instrument.Meter.Name == "AdminPortal.MailServer" && instrument.Meter.Scope == server.Services.GetRequiredService<IMeterFactory>())
                meter.EnableMeasurementEvents(instrument);
        };
        void Count(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = string.Join(' ', tags.ToArray().Select(tag => tag.Value));
            lock (counts)
                counts[$"{name} {labels}"] = counts.GetValueOrDefault($"{name} {labels}") + value;
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Count(instrument.Name, 1, tags));
        listener.Start();

        var client = server.Connect(MailProtocol.Imap);
        await client.ReadLineAsync();
        await client.ImapAsync("1 LOGIN alice@contoso.example wrong");
        await client.ImapAsync("2 LOGIN alice@contoso.example \"correct horse\"");
        await client.ImapAsync("3 X-PASSWORD-IN-A-LABEL");
        Assert.Equal(1, counts["mailserver.connections imap"]);
        await client.ImapAsync("4 LOGOUT");
        await client.Closed;

        Assert.Equal(0, counts["mailserver.connections imap"]);
        Assert.Equal(1, counts["mailserver.sign_ins imap BadCredentials"]);
        Assert.Equal(1, counts["mailserver.sign_ins imap Succeeded"]);
        Assert.Equal(2, counts["mailserver.command.duration imap LOGIN"]);
        Assert.Equal(1, counts["mailserver.command.duration imap unknown"]);
    }
}
