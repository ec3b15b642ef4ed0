using System.Diagnostics;
using System.Text;
using AdminPortal.LocalPostgres;
using AdminPortal.MailServer;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>PostgreSQL goes away under a serving process, and comes back.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"mailoutage-{Guid.CreateVersion7():N}");
    private MailHouse house = null!;

    private LocalClusterOptions Options => new() { DataFolder = folder, Durable = false };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(folder);
        var cluster = await LocalCluster.StartAsync(Options, Token);
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
    public async Task Logins_and_open_sessions_are_told_later_and_all_of_it_recovers_by_itself()
    {
        await using var session = await house.First.EnterAsync(house.Contoso.Anna);
        await session.Store.AppendAsync("INBOX", [Message()], Token);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync("INBOX", false, Token));
        await using var pop3 = await house.First.EnterAsync(house.Contoso.Anna, Doors.Pop3);
        var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await pop3.OpenMaildropAsync(Token)).Maildrop;
        var waiting = opened.Folder.WaitForChangesAsync(opened.Snapshot.HighestModSeq, Token);

        await LocalCluster.StopAsync(Options, Token);
        var watch = Stopwatch.StartNew();
        Assert.IsType<AuthenticationResult.Unavailable>(await house.First.SignInAsync(Doors.Imap, house.Contoso.Anna.Address));
        await Assert.ThrowsAsync<MailStoreUnavailableException>(() => session.Store.AppendAsync("INBOX", [Message()], Token));
        await Assert.ThrowsAsync<MailStoreUnavailableException>(() => session.Store.ListFoldersAsync(Token));
        await Assert.ThrowsAsync<MailStoreUnavailableException>(() => maildrop.UpdateAsync([1], [], Token));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
        Assert.False(session.Ended.IsCompleted);
        Assert.False(waiting.IsCompleted);

        await LocalCluster.StartAsync(Options, Token);
        await using (var other = await house.Second.EnterAsync(house.Contoso.Anna))
            Assert.IsType<AppendOutcome.Appended>(await other.Store.AppendAsync("INBOX", [Message()], Token));
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync("INBOX", [Message()], Token));
        await waiting.WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Equal([2u, 3u], (await opened.Folder.GetChangesAsync(opened.Snapshot.HighestModSeq, Token))!.Messages.Select(m => m.Uid));

        // The lock went with the server that held it; it is taken again before anybody else is answered by this process.
        await using var same = await house.First.EnterAsync(house.Contoso.Anna, Doors.Pop3);
        Assert.IsType<OpenMaildropOutcome.InUse>(await same.OpenMaildropAsync(Token));
        await using var stranger = await house.First.EnterAsync(house.Contoso.Bruno, Doors.Pop3);
        await Assert.IsType<OpenMaildropOutcome.Opened>(await stranger.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
        await using var elsewhere = await house.Second.EnterAsync(house.Contoso.Anna, Doors.Pop3);
        Assert.IsType<OpenMaildropOutcome.InUse>(await elsewhere.OpenMaildropAsync(Token));
        await maildrop.DisposeAsync();
        await opened.Folder.DisposeAsync();
    }

    private static NewMessage Message() => new(MessageFlags.None, [], null, new MemoryStream(Encoding.ASCII.GetBytes("A: b\r\n\r\n")));
}
