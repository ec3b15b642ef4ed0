using System.Text;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;
using Doors = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

public sealed class MaildropTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Only_one_POP3_session_of_all_processes_has_the_maildrop_and_IMAP_is_not_hindered()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var first = await house.First.EnterAsync(person, Doors.Pop3);
        await using var sameProcess = await house.First.EnterAsync(person, Doors.Pop3);
        await using var otherProcess = await house.Second.EnterAsync(person, Doors.Pop3);
        await using var imap = await house.Second.EnterAsync(person);
        var opened = Assert.IsType<OpenMaildropOutcome.Opened>(await first.OpenMaildropAsync(Token));

        Assert.IsType<OpenMaildropOutcome.InUse>(await sameProcess.OpenMaildropAsync(Token));
        Assert.IsType<OpenMaildropOutcome.InUse>(await otherProcess.OpenMaildropAsync(Token));
        Assert.NotNull(await imap.Store.ListFoldersAsync(Token));

        await opened.Maildrop.DisposeAsync();
        await Assert.IsType<OpenMaildropOutcome.Opened>(await otherProcess.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
        await Assert.IsType<OpenMaildropOutcome.Opened>(await sameProcess.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
    }

    [Fact]
    public async Task Sessions_that_end_while_the_process_stops_give_their_locks_back_and_nobody_waits_for_ever()
    {
        await using var source = NpgsqlDataSource.Create(house.Database.ServingConnectionString);
        var stopping = new MaildropLocks(source);
        var locks = new List<MaildropLock>();
        for (var n = 0; n < 50; n++) locks.Add(Assert.IsType<MaildropLock>(await stopping.TryTakeAsync(Guid.CreateVersion7(), Token)));

        var ending = locks.Select(held => held.DisposeAsync().AsTask()).ToList();
        await stopping.DisposeAsync();
        await Task.WhenAll(ending).WaitAsync(TimeSpan.FromMinutes(1), Token);

        await Assert.ThrowsAsync<MailStoreUnavailableException>(() => stopping.TryTakeAsync(Guid.CreateVersion7(), Token));
    }

    [Fact]
    public async Task The_lock_dies_with_its_process()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        var doomed = await house.StartAsync($"{house.Database.ServingConnectionString};Application Name=doomed");
        await using var first = await doomed.EnterAsync(person, Doors.Pop3);
        Assert.IsType<OpenMaildropOutcome.Opened>(await first.OpenMaildropAsync(Token));
        await using var second = await house.Second.EnterAsync(person, Doors.Pop3);
        Assert.IsType<OpenMaildropOutcome.InUse>(await second.OpenMaildropAsync(Token));

        await using var superuser = NpgsqlDataSource.Create(house.Database.SuperuserConnectionString);
        await using var kill = superuser.CreateCommand(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'doomed'");
        await kill.ExecuteNonQueryAsync(Token);

        await Assert.IsType<OpenMaildropOutcome.Opened>(await second.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
    }

    [Fact]
    public async Task A_lock_connection_that_was_found_dead_in_the_meantime_is_made_anew()
    {
        var process = await house.StartAsync($"{house.Database.ServingConnectionString};Application Name=found-dead;Keepalive=1");
        await using var session = await process.EnterAsync(await house.NewcomerAsync(house.Contoso), Doors.Pop3);
        await Assert.IsType<OpenMaildropOutcome.Opened>(await session.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
        await using var superuser = NpgsqlDataSource.Create(house.Database.SuperuserConnectionString);

        await using var kill = superuser.CreateCommand(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'found-dead'");
        await kill.ExecuteNonQueryAsync(Token);
        await using var moment = superuser.CreateCommand("SELECT pg_sleep(0.05)");
        while (process.Services.GetRequiredService<MaildropLocks>().IsConnected) await moment.ExecuteNonQueryAsync(Token);

        await Assert.IsType<OpenMaildropOutcome.Opened>(await session.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
    }

    [Fact]
    public async Task The_list_is_frozen_and_what_is_deleted_is_gone_for_everybody()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var imap = await house.Second.EnterAsync(person);
        await imap.Store.AppendAsync("INBOX", [.. new[] { "1", "22", "333" }.Select(t => new NewMessage(MessageFlags.None, [], null, Octets(t)))], Token);
        await using var pop3 = await house.First.EnterAsync(person, Doors.Pop3);
        var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await pop3.OpenMaildropAsync(Token)).Maildrop;
        await imap.Store.AppendAsync("INBOX", [new NewMessage(MessageFlags.None, [], null, Octets("late"))], Token);

        Assert.Equal([(1u, 1L), (2u, 2L), (3u, 3L)], maildrop.Messages.Select(m => (m.Uid, m.Size)));
        await foreach (var message in maildrop.ReadAsync([3], ContentScope.Whole, Token))
            Assert.Equal("333", await new StreamReader(message.Content).ReadToEndAsync(Token));
        await maildrop.UpdateAsync([1, 3], [], Token);
        await maildrop.DisposeAsync();

        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await imap.Store.OpenFolderAsync("INBOX", true, Token));
        Assert.Equal([2u, 4u], opened.Snapshot.Messages.Select(m => m.Uid));
        Assert.Equal(maildrop.UidValidity, opened.Snapshot.UidValidity);
        await opened.Folder.DisposeAsync();
    }

    [Fact]
    public async Task Closing_without_deleting_changes_nothing()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var pop3 = await house.First.EnterAsync(person, Doors.Pop3);
        await pop3.Store.AppendAsync("INBOX", [new NewMessage(MessageFlags.None, [], null, Octets("1"))], Token);

        await Assert.IsType<OpenMaildropOutcome.Opened>(await pop3.OpenMaildropAsync(Token)).Maildrop.DisposeAsync();
        var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await pop3.OpenMaildropAsync(Token)).Maildrop;

        Assert.Single(maildrop.Messages);
        await maildrop.DisposeAsync();
    }

    private static MemoryStream Octets(string content) => new(Encoding.ASCII.GetBytes(content));
}
