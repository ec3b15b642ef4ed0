using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>One process with the role <c>proxy</c> in front of one with the role <c>mail</c>, and in front of servers that misbehave.</summary>
public sealed class ProxyTests(MailHouse house) : IClassFixture<MailHouse>, IAsyncLifetime
{
    private MailProcess proxy = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await SealServiceCredentialAsync();
        proxy = await ProxyAsync(("MailProxy:AllowedNetworks", "127.0.0.0/8, ::1"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task IMAP_through_the_proxy_is_IMAP_at_the_pod()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var imap = await SignedInAsync(person);

        Assert.True(imap.Capabilities.HasFlag(ImapCapabilities.QuickResync), "What the mailbox's own server can do is told after the login.");
        await imap.Inbox.AppendAsync(new MailKit.AppendRequest(Letter("By way of the proxy", 3_000_000)), Cancel);
        await imap.Inbox.OpenAsync(MailKit.FolderAccess.ReadOnly, Cancel);
        var read = await imap.Inbox.GetMessageAsync(0, Cancel);
        Assert.Equal("By way of the proxy", read.Subject);
        Assert.Equal(3_000_000, read.TextBody?.TrimEnd().Length);
        await imap.DisconnectAsync(true, Cancel);
    }

    [Fact]
    public async Task POP3_and_submission_go_through_as_well()
    {
        var (sender, recipient) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Contoso));
        using (var smtp = Client(new SmtpClient()))
        {
            await smtp.ConnectAsync("localhost", proxy.Listeners.Port("submission"), SecureSocketOptions.StartTls, Cancel);
            await smtp.AuthenticateAsync(sender.Address, MailHouse.Password, Cancel);
            var letter = Letter("Sent by way of the proxy", 10_000);
            letter.From.Add(new MailboxAddress("", sender.Address));
            letter.To.Add(new MailboxAddress("", recipient.Address));
            await smtp.SendAsync(letter, Cancel);
            await smtp.DisconnectAsync(true, Cancel);
        }

        using var pop3 = Client(new Pop3Client());
        await pop3.ConnectAsync("localhost", proxy.Listeners.Port("pop3s"), SecureSocketOptions.SslOnConnect, Cancel);
        await pop3.AuthenticateAsync(recipient.Address, MailHouse.Password, Cancel);
        Assert.Equal("Sent by way of the proxy", (await pop3.GetMessageAsync(0, Cancel)).Subject);
        await pop3.DeleteMessageAsync(0, Cancel);
        await pop3.DisconnectAsync(true, Cancel);
    }

    [Fact]
    public async Task The_sign_in_is_recorded_once_and_the_session_is_listed_at_the_proxy()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var imap = await SignedInAsync(person);

        var session = Assert.Single(proxy.Live.Of(person.At.Id, person.Id));
        Assert.Equal("127.0.0.1", session.RemoteAddress);
        Assert.NotNull(session.CredentialId);
        var kept = await UntilAsync(async db => await db.SignInAttempts.Where(a => a.MailboxId == person.Id).ToListAsync(Cancel), rows => rows.Count > 0);
        var row = Assert.Single(kept);
        Assert.Equal((MailSignInResult.Succeeded, 1), (row.Result, row.Count));

        Assert.True(proxy.Live.End(person.At.Id, person.Id, session.Id));
        await Assert.ThrowsAnyAsync<Exception>(async () => { while (true) await imap.NoOpAsync(Cancel); });
    }

    [Fact]
    public async Task Switching_off_cuts_the_session_within_a_second_and_says_why()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        await imap.UntilAsync("a OK");
        await imap.SayAsync("b IDLE");
        await imap.UntilAsync("+ ");

        var watch = Stopwatch.StartNew();
        await proxy.PublishAsync(await house.SwitchAsync(person, MailProtocol.Imap, AccessSetting.Disabled));

        Assert.Contains("IMAP4 is switched off", await imap.UntilAsync("* BYE"), StringComparison.Ordinal);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
        await imap.SayAsync("never read");
        Assert.Null(await imap.ReadAsync());
    }

    [Fact]
    public async Task Who_may_not_enter_is_refused_by_the_proxy_in_the_usual_words()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await house.SwitchAsync(person, MailProtocol.Imap, AccessSetting.Disabled);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} wrong-password");
        Assert.Contains("[AUTHENTICATIONFAILED]", await imap.UntilAsync("a "), StringComparison.Ordinal);
        await imap.SayAsync($"b LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[CONTACTADMIN] IMAP4 is switched off", await imap.UntilAsync("b "), StringComparison.Ordinal);
        await imap.SayAsync($"c LOGIN {house.Contoso.Exchanger.Address} {MailHouse.Password}");
        Assert.Contains("[AUTHENTICATIONFAILED]", await imap.UntilAsync("c "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pod_that_is_away_is_said_to_be_away_in_each_protocols_words()
    {
        var person = await AtPodAsync("localhost", FreePort());
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.StartsWith("a NO [UNAVAILABLE] The mail server of this mailbox cannot be reached", await imap.UntilAsync("a "), StringComparison.Ordinal);
        await imap.SayAsync("b NOOP");
        await imap.UntilAsync("b OK");

        await using var pop3 = await RawAsync("pop3s");
        await pop3.SayAsync($"USER {person.Address}");
        await pop3.UntilAsync("+OK");
        await pop3.SayAsync($"PASS {MailHouse.Password}");
        Assert.StartsWith("-ERR [SYS/TEMP] The mail server of this mailbox cannot be reached", await pop3.UntilAsync("-ERR"), StringComparison.Ordinal);

        await using var smtp = await RawAsync("submissions");
        await smtp.SayAsync("EHLO test");
        await smtp.UntilAsync("250 ");
        await smtp.SayAsync($"AUTH PLAIN {Plain(person)}");
        Assert.StartsWith("454 4.7.0 The mail server of this mailbox cannot be reached", await smtp.UntilAsync("454"), StringComparison.Ordinal);
        Assert.Empty(proxy.Live.Of(person.At.Id, person.Id));
    }

    [Fact]
    public async Task A_pod_that_does_not_answer_in_time_is_given_up()
    {
        await using var pod = new FakePod(house, (_, _) => Task.Delay(Timeout.Infinite, Cancel));
        var person = await AtPodAsync("localhost", pod.Port);
        var impatient = await ProxyAsync(("MailProxy:AllowedNetworks", "127.0.0.0/8, ::1"), ("MailServer:Limits:RelaySignInTimeout", "00:00:01"));
        await using var imap = await RawAsync("imaps", impatient);
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[UNAVAILABLE] The mail server of this mailbox did not answer in time", await imap.UntilAsync("a "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_with_another_name_gets_no_credential()
    {
        var heard = new StringBuilder();
        await using var pod = new FakePod(house, async (wire, _) => heard.Append(await wire.ReadAsync()));
        // The certificate bears localhost and 127.0.0.1, and not this one.
        var person = await AtPodAsync("127.0.0.9", pod.Port);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[UNAVAILABLE] The mail server of this mailbox does not show a certificate that is trusted", await imap.UntilAsync("a "), StringComparison.Ordinal);
        Assert.Equal("", heard.ToString());
    }

    [Fact]
    public async Task A_host_inside_the_operators_network_is_not_reached_unless_the_operator_says_so()
    {
        var reached = false;
        await using var pod = new FakePod(house, (_, _) => { reached = true; return Task.CompletedTask; });
        var person = await AtPodAsync("localhost", pod.Port);
        await using var imap = await RawAsync("imaps", await ProxyAsync());
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[UNAVAILABLE] The mail server of this mailbox is not set up completely", await imap.UntilAsync("a "), StringComparison.Ordinal);
        Assert.False(reached);
    }

    [Fact]
    public async Task The_pod_hears_the_service_credential_acting_for_the_mailbox_and_never_the_users_password()
    {
        var heard = new TaskCompletionSource<string>();
        await using var pod = new FakePod(house, async (wire, _) =>
        {
            heard.SetResult(await SignInAsync(wire));
            await wire.SayAsync("p NO [AUTHENTICATIONFAILED] Who are you?");
        });
        var person = await AtPodAsync("localhost", pod.Port);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[UNAVAILABLE] The mail server of this mailbox does not let us in", await imap.UntilAsync("a "), StringComparison.Ordinal);
        Assert.Equal($"{person.Address}\0proxy\0sesame", await heard.Task);
    }

    [Fact]
    public async Task Octets_in_the_clear_before_STARTTLS_are_no_answer()
    {
        await using var pod = new FakePod(house, async (wire, _) =>
        {
            await wire.SayAsync("* OK hello");
            await wire.ReadAsync();
            // In one write: whoever sits in between would like this to be taken for what comes inside TLS.
            await wire.SayAsync("p OK begin\r\n* OK [CAPABILITY IMAP4rev1 EVIL] injected");
            await wire.ReadAsync();
        }, implicitTls: false);
        var person = await AtPodAsync("localhost", pod.Port, ConnectionSecurity.StartTls);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        Assert.Contains("[UNAVAILABLE] The mail server of this mailbox does not speak this protocol", await imap.UntilAsync("a "), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_client_does_not_read_the_pod_does_not_send()
    {
        var sent = 0L;
        await using var pod = new FakePod(house, async (wire, cancel) =>
        {
            await SignInAsync(wire);
            await wire.SayAsync("p OK [CAPABILITY IMAP4rev1] in");
            await wire.ReadAsync();
            for (var piece = new byte[64 * 1024]; sent < 1024 * 1024 * 1024; Interlocked.Add(ref sent, piece.Length)) await wire.SendAsync(piece, cancel);
        });
        var person = await AtPodAsync("localhost", pod.Port);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        await imap.UntilAsync("a OK");
        await imap.SayAsync("b FETCH 1 BODY[]");

        // It stands still once the buffers of sockets and pipes are full.
        for (long before = -1; before != Interlocked.Read(ref sent);)
        {
            before = Interlocked.Read(ref sent);
            await Task.Delay(TimeSpan.FromMilliseconds(500), Cancel);
        }
        Assert.InRange(Interlocked.Read(ref sent), 1, 64 * 1024 * 1024);
    }

    [Fact]
    public async Task A_client_that_has_said_everything_still_hears_the_answer()
    {
        await using var pod = new FakePod(house, async (wire, _) =>
        {
            await SignInAsync(wire);
            await wire.SayAsync("p OK [CAPABILITY IMAP4rev1] in");
            while (await wire.ReadAsync() is not null) { }
            await wire.SayAsync("* OK all of it was heard");
        });
        var person = await AtPodAsync("localhost", pod.Port);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        await imap.UntilAsync("a OK");
        await imap.SayAsync("b LOGOUT");
        await imap.HalfCloseAsync();
        await imap.UntilAsync("* OK all of it was heard");
        Assert.Null(await imap.ReadAsync());
    }

    [Fact]
    public async Task Within_a_literal_of_the_pods_no_goodbye_is_written()
    {
        var person = await AtPodAsync("localhost", 1);
        await using var pod = new FakePod(house, async (wire, _) =>
        {
            await SignInAsync(wire);
            await wire.SayAsync("p OK [CAPABILITY IMAP4rev1] in");
            await wire.ReadAsync();
            await wire.SayAsync("* 1 FETCH (BODY[] {1000}\r\nThe first line of many");
            await wire.ReadAsync();
        });
        await MoveAsync(person, pod.Port);
        await using var imap = await RawAsync("imaps");
        await imap.SayAsync($"a LOGIN {person.Address} {MailHouse.Password}");
        await imap.UntilAsync("a OK");
        await imap.SayAsync("b FETCH 1 BODY[]");
        await imap.UntilAsync("The first line");

        await proxy.PublishAsync(await house.SwitchAsync(person, MailProtocol.Imap, AccessSetting.Disabled));

        Assert.Null(await imap.ReadAsync());
    }

    [Fact]
    public async Task How_long_people_wait_is_kept_for_the_pod()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var imap = await SignedInAsync(person);
        await imap.NoOpAsync(Cancel);

        var kept = await UntilAsync(
            async db => await db.PodDelays.Where(d => d.PodId == house.Contoso.PodId).ToListAsync(Cancel),
            rows => rows.Select(d => d.Kind).Distinct().Count() == 2);
        Assert.All(kept, row => Assert.True(row.Count > 0));
        Assert.All(kept.Where(d => d.Kind == PodDelayKind.SignIn), row => Assert.InRange(PodDelay.TopOf(row.Bucket), TimeSpan.FromMicroseconds(100), TimeSpan.FromMinutes(1)));
    }

    private Task<MailProcess> ProxyAsync(params (string, string)[] more) => house.StartAsAsync(
        "proxy", house.ServingConnectionString,
        [
            ("MailProxy:Host", "localhost"), ("MailProxy:ImapsPort", $"{house.First.Listeners.Port("imaps")}"),
            ("MailProxy:Pop3sPort", $"{house.First.Listeners.Port("pop3s")}"), ("MailProxy:SubmissionsPort", $"{house.First.Listeners.Port("submissions")}"),
            .. more,
        ]);

    /// <summary>The house's own credential cannot be opened again; this one can, as those that the portal makes.</summary>
    private async Task SealServiceCredentialAsync()
    {
        await using var db = house.Serving(house.Contoso);
        var pod = await db.Pods.SingleAsync(p => p.Id == house.Contoso.PodId, Cancel);
        await db.ServiceCredentials.Where(c => c.PodId == pod.Id).ExecuteDeleteAsync(Cancel);
        db.Add(house.First.Services.GetRequiredService<ServiceCredentials>().Generate(pod));
        await db.SaveChangesAsync(Cancel);
    }

    /// <summary>A mailbox that is kept by some other server.</summary>
    private async Task<Person> AtPodAsync(string host, int port, ConnectionSecurity security = ConnectionSecurity.ImplicitTls)
    {
        await using var db = house.Serving(house.Contoso);
        var pod = new Pod
        {
            TenantId = house.Contoso.Id, Id = Guid.CreateVersion7(), Name = $"{host}:{port} {Guid.CreateVersion7():N}", Kind = PodKind.Proxy, Host = host,
            Security = security, ImapPort = port, Pop3Port = port, SubmissionPort = port,
        };
        db.Add(pod);
        db.Add(house.First.Services.GetRequiredService<ServiceCredentials>().Of(pod, "proxy", "sesame"));
        await db.SaveChangesAsync(Cancel);
        return await house.NewcomerAsync(house.Contoso, podId: pod.Id);
    }

    private async Task MoveAsync(Person person, int port)
    {
        await using var db = house.Serving(house.Contoso);
        var mailbox = await db.Mailboxes.SingleAsync(m => m.Id == person.Id, Cancel);
        await db.Pods.Where(p => p.Id == mailbox.PodId).ExecuteUpdateAsync(p => p.SetProperty(x => x.ImapPort, port), Cancel);
    }

    private async Task<ImapClient> SignedInAsync(Person person)
    {
        var imap = Client(new ImapClient());
        await imap.ConnectAsync("localhost", proxy.Listeners.Port("imaps"), SecureSocketOptions.SslOnConnect, Cancel);
        await imap.AuthenticateAsync(person.Address, MailHouse.Password, Cancel);
        return imap;
    }

    private static T Client<T>(T client) where T : MailKit.MailService
    {
        client.ServerCertificateValidationCallback = (_, _, _, _) => true;
        return client;
    }

    private static MimeMessage Letter(string subject, int length) => new() { Subject = subject, Body = new TextPart("plain") { Text = new string('x', length) } };

    private static string Plain(Person person) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{person.Address}\0{MailHouse.Password}"));

    /// <summary>The pod's half of a login: greets, and answers what it was told.</summary>
    private static async Task<string> SignInAsync(Wire wire)
    {
        await wire.SayAsync("* OK [CAPABILITY IMAP4rev1 SASL-IR] ready");
        var said = await wire.ReadAsync();
        return Encoding.UTF8.GetString(Convert.FromBase64String(said!.Split(' ')[^1]));
    }

    private async Task<Wire> RawAsync(string listener, MailProcess? at = null)
    {
        var socket = new TcpClient { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, (at ?? proxy).Listeners.Port(listener), Cancel);
        var tls = new SslStream(socket.GetStream(), leaveInnerStreamOpen: false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        return new Wire(tls, socket);
    }

    /// <summary>Looks until what was queued is written.</summary>
    private async Task<T> UntilAsync<T>(Func<PortalDbContext, Task<T>> look, Func<T, bool> enough)
    {
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            await using var db = house.Serving(house.Contoso);
            var found = await look(db);
            if (enough(found)) return found;
            await again.WaitForNextTickAsync(Cancel);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Lines over a stream.</summary>
    private sealed class Wire(Stream stream, IDisposable? below = null) : IAsyncDisposable
    {
        private readonly StreamReader reader = new(stream, Encoding.UTF8);

        public Task SayAsync(string line) => SendAsync(Encoding.UTF8.GetBytes($"{line}\r\n"), Cancel);

        public async Task SendAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) => await stream.WriteAsync(octets, cancellationToken);

        /// <summary>The next line; null at the end, however it came.</summary>
        public async Task<string?> ReadAsync()
        {
            try
            {
                return await reader.ReadLineAsync(Cancel);
            }
            catch (IOException)
            {
                return null;
            }
        }

        public async Task<string> UntilAsync(string start)
        {
            while (await ReadAsync() is { } line)
                if (line.StartsWith(start, StringComparison.Ordinal))
                    return line;
            throw new EndOfStreamException($"No line began with {start}");
        }

        public Task HalfCloseAsync() => ((SslStream)stream).ShutdownAsync();

        public async ValueTask DisposeAsync()
        {
            await stream.DisposeAsync();
            below?.Dispose();
        }
    }

    /// <summary>A mail server that says what a test wants, under the name and certificate of localhost.</summary>
    private sealed class FakePod : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        private readonly CancellationTokenSource stop = new();
        private readonly Task serving;

        public FakePod(MailHouse house, Func<Wire, CancellationToken, Task> serve, bool implicitTls = true)
        {
            listener.Start();
            serving = ServeAsync(house.First.Services.GetRequiredService<IServerCertificate>(), serve, implicitTls);
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            listener.Stop();
            await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Dispose();
        }

        private async Task ServeAsync(IServerCertificate certificate, Func<Wire, CancellationToken, Task> serve, bool implicitTls)
        {
            using var client = await listener.AcceptTcpClientAsync(stop.Token);
            Stream stream = client.GetStream();
            if (implicitTls)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }, stop.Token);
            }

            await using var wire = new Wire(stream);
            await serve(wire, stop.Token).WaitAsync(stop.Token);
        }
    }
}
