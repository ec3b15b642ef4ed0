using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AdminPortal.LocalPostgres;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>The serving process and PostgreSQL are killed while mail arrives: what was acknowledged is there, whole, and nothing else is half there.</summary>
public sealed class CrashTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"mailcrash-{Guid.CreateVersion7():N}");
    private LocalCluster cluster = null!;
    private MailHouse house = null!;

    private LocalClusterOptions Options => new() { DataFolder = folder, Durable = true };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder);
        cluster = await LocalCluster.StartAsync(Options, Token);
        await Migrations.Migrator.MigrateAsync(cluster.OwnerConnectionString, cluster.ServingConnectionString, Token);
        house = new(cluster.ServingConnectionString);
        await house.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await house.DisposeAsync();
        await LocalCluster.StopAsync(Options, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_APPEND_acknowledged_survives_kill_9()
    {
        var acknowledged = new ConcurrentBag<(uint Uid, string Subject)>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var port = FreePort();
        using var portal = await StartPortalAsync(imaps: port);
        var writers = Enumerable.Range(0, 4).Select(i => AppendUntilItDiesAsync(port, i, acknowledged, enough)).ToList();
        await enough.Task.WaitAsync(TimeSpan.FromMinutes(2), Token);

        portal.Kill();
        await KillPostgresAsync();
        await Task.WhenAll(writers);
        await LocalCluster.StartAsync(Options, Token);

        await using var session = await house.First.EnterAsync(house.Contoso.Anna);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync("INBOX", true, Token));
        var stored = new Dictionary<uint, string>();
        await foreach (var content in opened.Folder.ReadAsync([.. opened.Snapshot.Messages.Select(m => m.Uid)], ContentScope.Whole, Token))
            stored[content.Uid] = (await MimeMessage.LoadAsync(content.Content, Token)).Subject!;
        await opened.Folder.DisposeAsync();

        Assert.All(acknowledged, message => Assert.Equal(message.Subject, stored[message.Uid]));
        Assert.Equal(opened.Snapshot.Messages.Count, stored.Count);
        Assert.True(opened.Snapshot.UidNext > stored.Keys.Max());
    }

    [Fact]
    public async Task What_MOVE_EXPUNGE_QUIT_and_submission_acknowledged_survives_kill_9()
    {
        var (imaps, pop3s, submissions) = (FreePort(), FreePort(), FreePort());
        var (mover, expunger, fetcher, receiver) = (await FilledAsync(400), await FilledAsync(400), await FilledAsync(400), await FilledAsync(0));
        using var portal = await StartPortalAsync(imaps, pop3s, submissions);
        Deed[] deeds =
        [
            new(() => MoveAsync(imaps, mover)), new(() => ExpungeAsync(imaps, expunger)), new(() => FetchAsync(pop3s, fetcher)),
            new(() => SubmitAsync(submissions, receiver)),
        ];
        var doing = deeds.Select(deed => deed.DoUntilItDiesAsync()).ToList();
        await Task.WhenAll(deeds.Select(deed => deed.Enough)).WaitAsync(TimeSpan.FromMinutes(3), Token);

        portal.Kill();
        await KillPostgresAsync();
        await Task.WhenAll(doing);
        await LocalCluster.StartAsync(Options, Token);

        var (here, moved) = (await SubjectsAsync(mover, "INBOX"), await SubjectsAsync(mover, "Archive"));
        Assert.Subset(moved.ToHashSet(), deeds[0].Acknowledged.ToHashSet());
        Assert.Equal(Enumerable.Range(0, 400).Select(n => $"{n}").Order(), here.Concat(moved).Order());
        Assert.Empty(deeds[1].Acknowledged.Intersect(await SubjectsAsync(expunger, "INBOX")));
        Assert.Empty(deeds[2].Acknowledged.Intersect(await SubjectsAsync(fetcher, "INBOX")));
        var received = await SubjectsAsync(receiver, "INBOX");
        Assert.Subset(received.ToHashSet(), deeds[3].Acknowledged.ToHashSet());
        Assert.Distinct(received);
    }

    private async Task<Person> FilledAsync(int messages)
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        var contents = Enumerable.Range(0, messages).Select(n => new MemoryStream(Encoding.ASCII.GetBytes($"Subject: {n}\r\n\r\nHello\r\n"))).ToList();
        if (messages > 0) await session.Store.AppendAsync("INBOX", [.. contents.Select(c => new NewMessage(default, [], null, c))], Token);
        return person;
    }

    private async Task<List<string>> SubjectsAsync(Person person, string name)
    {
        await using var session = await house.First.EnterAsync(person);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync(name, true, Token));
        await using var folder = opened.Folder;
        var subjects = new List<string>();
        await foreach (var content in folder.ReadAsync([.. opened.Snapshot.Messages.Select(m => m.Uid)], ContentScope.Header, Token))
            subjects.Add((await MimeMessage.LoadAsync(content.Content, Token)).Subject!);
        return subjects;
    }

    private static async IAsyncEnumerable<string> MoveAsync(int port, Person person)
    {
        using var imap = await ConnectedAsync(new ImapClient(), port, person);
        var archive = await imap.GetFolderAsync("Archive", Token);
        await imap.Inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        for (var n = 0; ; n++)
        {
            await imap.Inbox.MoveToAsync(new UniqueId((uint)n + 1), archive, Token);
            yield return $"{n}";
        }
    }

    private static async IAsyncEnumerable<string> ExpungeAsync(int port, Person person)
    {
        using var imap = await ConnectedAsync(new ImapClient(), port, person);
        await imap.Inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        for (var n = 0; ; n++)
        {
            await imap.Inbox.AddFlagsAsync(new UniqueId((uint)n + 1), MailKit.MessageFlags.Deleted, silent: true, Token);
            await imap.Inbox.ExpungeAsync([new UniqueId((uint)n + 1)], Token);
            yield return $"{n}";
        }
    }

    private static async IAsyncEnumerable<string> FetchAsync(int port, Person person)
    {
        while (true)
        {
            using var pop3 = await ConnectedAsync(new Pop3Client(), port, person);
            var subject = (await pop3.GetMessageAsync(0, Token)).Subject!;
            await pop3.DeleteMessageAsync(0, Token);
            await pop3.DisconnectAsync(quit: true, Token);
            yield return subject;
        }
    }

    private static async IAsyncEnumerable<string> SubmitAsync(int port, Person receiver)
    {
        using var smtp = await ConnectedAsync(new SmtpClient(), port, receiver);
        for (var n = 0; ; n++)
        {
            await smtp.SendAsync(new MimeMessage([MailboxAddress.Parse(receiver.Address)], [MailboxAddress.Parse(receiver.Address)], $"s{n}", new TextPart("plain") { Text = "Hello" }), Token);
            yield return $"s{n}";
        }
    }

    private static async Task<T> ConnectedAsync<T>(T client, int port, Person person) where T : MailService
    {
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = (_, _, _, _) => true;
        await client.ConnectAsync("127.0.0.1", port, SecureSocketOptions.SslOnConnect, Token);
        await client.AuthenticateAsync(person.Address, MailHouse.Password, Token);
        return client;
    }

    /// <summary>Something that is done again and again; each time it names what the server has just acknowledged.</summary>
    private sealed class Deed(Func<IAsyncEnumerable<string>> repeatedly)
    {
        private readonly TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentBag<string> Acknowledged { get; } = [];

        public Task Enough => enough.Task;

        public async Task DoUntilItDiesAsync()
        {
            try
            {
                await foreach (var subject in repeatedly())
                {
                    Acknowledged.Add(subject);
                    if (Acknowledged.Count >= 10) enough.TrySetResult();
                }
            }
            catch (Exception exception) when (IsTheEnd(exception))
            {
            }
            finally
            {
                if (!enough.Task.IsCompleted) enough.TrySetException(new InvalidOperationException($"It ended after {Acknowledged.Count}."));
            }
        }
    }

    // The process or its database died under the client.
    private static bool IsTheEnd(Exception exception) => exception is IOException or SocketException or SslHandshakeException or ProtocolException or CommandException or ServiceNotConnectedException;


    [Fact]
    public async Task What_was_accepted_for_elsewhere_waits_in_the_queue_after_kill_9()
    {
        var acknowledged = new ConcurrentBag<string>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (imap, submissions) = (FreePort(), FreePort());
        // Nobody listens there.
        using var portal = await StartPortalAsync(imap, submissions: submissions, settings: new()
        {
            ["MailServer__Smarthost__Host"] = "localhost", ["MailServer__Smarthost__Port"] = "1", ["Portal__Roles"] = "mail,worker",
        });
        var senders = Enumerable.Range(0, 4).Select(i => SendUntilItDiesAsync(submissions, i, acknowledged, enough)).ToList();
        await enough.Task.WaitAsync(TimeSpan.FromMinutes(2), Token);

        portal.Kill();
        await KillPostgresAsync();
        await Task.WhenAll(senders);
        await LocalCluster.StartAsync(Options, Token);

        // Connections of the pool are from before.
        Npgsql.NpgsqlConnection.ClearAllPools();
        await using var db = house.Serving(house.Contoso);
        var waiting = await db.RelayedRecipients.Where(r => r.State == AdminPortal.Data.RelayedState.Waiting).Select(r => r.Address).ToListAsync(Token);
        Assert.Equal(waiting.Count, waiting.Distinct().Count());
        Assert.All(acknowledged, address => Assert.Contains(address, waiting));
        Assert.All(await db.RelayedMessages.Select(m => new { m.Size, m.Content }).ToListAsync(Token), m => Assert.Equal(m.Size, m.Content!.Length));
    }

    private static async Task SendUntilItDiesAsync(int port, int sender, ConcurrentBag<string> acknowledged, TaskCompletionSource enough)
    {
        try
        {
            using var smtp = new MailKit.Net.Smtp.SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
            await smtp.ConnectAsync("127.0.0.1", port, SecureSocketOptions.SslOnConnect, Token);
            await smtp.AuthenticateAsync("anna@contoso.example", MailHouse.Password, Token);
            for (var n = 0; ; n++)
            {
                var recipient = $"r{sender}.{n}@elsewhere.example";
                await smtp.SendAsync(
                    new MimeMessage([MailboxAddress.Parse("anna@contoso.example")], [MailboxAddress.Parse(recipient)], "x", new TextPart("plain") { Text = new string('x', 5_000) }), Token);
                acknowledged.Add(recipient);
                if (acknowledged.Count >= 40) enough.TrySetResult();
            }
        }
        catch (Exception exception) when (exception is IOException or MailKit.ProtocolException or CommandException or ServiceNotConnectedException)
        {
            // That was the end of the process.
        }
    }

    private static async Task AppendUntilItDiesAsync(int port, int writer, ConcurrentBag<(uint, string)> acknowledged, TaskCompletionSource enough)
    {
        try
        {
            using var imap = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
            await imap.ConnectAsync("127.0.0.1", port, SecureSocketOptions.SslOnConnect, Token);
            await imap.AuthenticateAsync("anna@contoso.example", MailHouse.Password, Token);
            for (var n = 0; ; n++)
            {
                var message = new MimeMessage { Subject = $"{writer}/{n}", Body = new TextPart("plain") { Text = new string('x', 5_000) } };
                acknowledged.Add(((await imap.Inbox.AppendAsync(message, cancellationToken: Token))!.Value.Id, message.Subject));
                if (acknowledged.Count >= 40) enough.TrySetResult();
            }
        }
        catch (Exception exception) when (IsTheEnd(exception))
        {
        }
    }

    private async Task<Process> StartPortalAsync(int imaps, int? pop3s = null, int? submissions = null, Dictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = cluster.ServingConnectionString,
                ["Portal__DataFolder"] = Path.Combine(folder, "portal"),
                ["Portal__HttpPort"] = FreePort().ToString(),
                ["Portal__HttpsPort"] = "",
                ["Portal__Roles"] = "mail",
                ["MailServer__ImapsPort"] = imaps.ToString(), ["MailServer__Pop3sPort"] = pop3s.ToString(), ["MailServer__SubmissionsPort"] = submissions.ToString(),
                ["MailServer__ImapPort"] = "", ["MailServer__Pop3Port"] = "", ["MailServer__SubmissionPort"] = "",
            },
        };
        foreach (var (name, value) in settings ?? []) start.Environment[name] = value;
        var portal = new Process { StartInfo = start, EnableRaisingEvents = true };
        var (ready, output) = (new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously), new ConcurrentQueue<string?>());
        DataReceivedEventHandler note = (_, line) =>
        {
            output.Enqueue(line.Data);
            if (line.Data?.StartsWith("Ready: ", StringComparison.Ordinal) == true) ready.TrySetResult(true);
        };
        portal.OutputDataReceived += note;
        portal.ErrorDataReceived += note;
        portal.Exited += (_, _) => ready.TrySetResult(false);
        portal.Start();
        portal.BeginOutputReadLine();
        portal.BeginErrorReadLine();
        Assert.True(await ready.Task.WaitAsync(TimeSpan.FromMinutes(1), Token), string.Join('\n', output));
        return portal;
    }

    private async Task KillPostgresAsync()
    {
        var pid = int.Parse((await File.ReadAllLinesAsync(Path.Combine(cluster.Folder, "data", "postmaster.pid"), Token))[0]);
        using var server = Process.GetProcessById(pid);
        server.Kill();
        await server.WaitForExitAsync(Token);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
