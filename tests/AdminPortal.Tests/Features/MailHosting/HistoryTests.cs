using System.Text;
using AdminPortal.Data;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>What the store remembers of what is gone, and how much a mailbox may hold.</summary>
public sealed class HistoryTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_vanished_is_told_from_any_moment_on()
    {
        await using var session = await house.First.EnterAsync(await house.NewcomerAsync(house.Contoso));
        await AppendAsync(session, [.. Enumerable.Range(0, 8).Select(_ => Message("A: b\r\n\r\n", MessageFlags.Deleted))]);
        var (inbox, start) = await OpenAsync(session);

        await inbox.ExpungeAsync([2, 3], Token);
        var middle = (await inbox.GetChangesAsync(start.HighestModSeq, Token))!.HighestModSeq;
        await inbox.MoveAsync([5], "Trash", Token);
        await inbox.ExpungeAsync([8], Token);

        Assert.Equal([new(2, 3), new(5, 5), new(8, 8)], await inbox.GetVanishedAsync(start.HighestModSeq, Token));
        Assert.Equal([new(5, 5), new(8, 8)], await inbox.GetVanishedAsync(middle, Token));
        Assert.Empty(await inbox.GetVanishedAsync(middle + 2, Token));
        await inbox.DisposeAsync();
    }

    [Fact]
    public async Task What_is_remembered_is_bounded_and_whoever_was_away_longer_is_told_of_all_that_is_absent()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await AppendAsync(session, [.. Enumerable.Range(0, 11).Select(_ => Message("A: b\r\n\r\n", MessageFlags.Deleted))]);
        var (inbox, start) = await OpenAsync(session);
        await inbox.StoreFlagsAsync([1, 5], new(FlagChangeMode.Remove, MessageFlags.Deleted, []), null, Token);
        // Twelve thousand messages in a few steps.
        for (var held = 11; held < 12_000; held *= 2)
            await inbox.CopyAsync([.. Enumerable.Range(1, held).Select(n => (uint)n)], "INBOX", Token);
        var (again, full) = await OpenAsync(session);
        await again.StoreFlagsAsync([.. full.Messages.Skip(11).Select(m => m.Uid)], new(FlagChangeMode.Add, MessageFlags.Deleted, []), null, Token);

        await again.ExpungeAsync([.. Enumerable.Range(1, 6_000).Select(n => (uint)n)], Token);
        await again.ExpungeAsync([.. Enumerable.Range(6_001, 4_500).Select(n => (uint)n)], Token);
        var late = (await again.GetChangesAsync(full.HighestModSeq, Token))!.HighestModSeq;
        await again.ExpungeAsync([11_000], Token);

        await using (var db = house.Serving(person.At))
        {
            var folder = await db.MailFolders.SingleAsync(f => f.MailboxId == person.Id && f.Name == "INBOX", Token);
            Assert.Equal(folder.Remembered, await db.MailExpunged.CountAsync(x => x.FolderId == folder.Id, Token));
            Assert.InRange(folder.Remembered, 1, 5_000);
            Assert.InRange(folder.RememberedFrom, start.HighestModSeq + 1, late);
        }
        Assert.Equal([new(11_000, 11_000)], await again.GetVanishedAsync(late, Token));
        UidRange[] absent = [new(2, 4), new(6, 10_500), new(11_000, 11_000)];
        Assert.Equal(absent, await again.GetVanishedAsync(start.HighestModSeq, Token));
        Assert.Equal(absent, (await again.GetChangesAsync(start.HighestModSeq, Token))!.Vanished);
        await inbox.DisposeAsync();
        await again.DisposeAsync();
    }

    [Fact]
    public async Task A_full_mailbox_takes_nothing_more_until_something_goes()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await session.Store.ListFoldersAsync(Token);
        await using (var db = house.Serving(person.At))
            await db.Mailboxes.Where(m => m.Id == person.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.Quota, 40), Token);

        await AppendAsync(session, Message("A: 1\r\n\r\n", MessageFlags.Deleted), Message("A: 2\r\n\r\n"), Message("A: 3\r\n\r\n"));
        var (inbox, _) = await OpenAsync(session);
        Assert.Equal(new(24, 40), await session.Store.GetQuotaAsync(Token));
        Assert.IsType<CopyOutcome.Copied>(await inbox.CopyAsync([2], "Archive", Token));
        Assert.IsType<CopyOutcome.OverQuota>(await inbox.CopyAsync([2, 3], "Archive", Token));
        Assert.IsType<CopyOutcome.DestinationNotFound>(await inbox.CopyAsync([2, 3], "Nowhere", Token));
        Assert.IsType<AppendOutcome.OverQuota>(await session.Store.AppendAsync("Sent", [Message("A: four\r\n\r\n")], Token));
        Assert.IsType<AppendOutcome.FolderNotFound>(await session.Store.AppendAsync("Nowhere", [Message("A: four\r\n\r\n")], Token));
        Assert.Equal(new(32, 40), await session.Store.GetQuotaAsync(Token));
        Assert.IsType<CopyOutcome.Copied>(await inbox.MoveAsync([2, 3], "Archive", Token));

        await inbox.ExpungeAsync(null, Token);

        Assert.Equal(new(24, 40), await session.Store.GetQuotaAsync(Token));
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync("Sent", [Message("A: four\r\n\r\n")], Token));
        Assert.Equal(DeleteFolderOutcome.Deleted, await session.Store.DeleteFolderAsync("Archive", Token));
        Assert.Equal(new(11, 40), await session.Store.GetQuotaAsync(Token));
        await inbox.DisposeAsync();
    }

    [Fact]
    public async Task A_mailbox_without_a_quota_of_its_own_has_the_installations()
    {
        await using var session = await house.First.EnterAsync(await house.NewcomerAsync(house.Contoso));

        Assert.Equal(new(0, 50L * 1024 * 1024 * 1024), await session.Store.GetQuotaAsync(Token));
    }

    [Fact]
    public async Task A_content_keeps_its_name_where_it_is_copied_and_a_folder_where_it_is_renamed()
    {
        await using var session = await house.First.EnterAsync(await house.NewcomerAsync(house.Contoso));
        await AppendAsync(session, Message("A: 1\r\n\r\n"), Message("A: 1\r\n\r\n"));
        var (inbox, snapshot) = await OpenAsync(session);
        var ids = await inbox.GetContentIdsAsync([1, 2, 77], Token);
        Assert.Equal(2, ids.Values.Distinct().Count());

        await inbox.CopyAsync([2], "Archive", Token);
        await inbox.DisposeAsync();

        var (archive, archived) = await OpenAsync(session, "Archive");
        Assert.Equal(ids[2], (await archive.GetContentIdsAsync([1], Token))[1]);
        Assert.NotEqual(snapshot.Id, archived.Id);
        Assert.Equal(RenameFolderOutcome.Renamed, await session.Store.RenameFolderAsync("Archive", "Attic", Token));
        Assert.Equal(archived.Id, Assert.Single(await session.Store.GetStatusAsync(["Attic"], Token)).Id);
        await archive.DisposeAsync();
    }

    [Fact]
    public async Task Subscriptions_have_an_end_and_what_is_there_stays_a_subscription()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        Assert.True(await session.Store.SetSubscribedAsync("Sent", true, Token));
        await using (var db = house.Serving(person.At))
        {
            db.MailSubscriptions.AddRange(Enumerable.Range(0, 1_994).Select(n => new MailSubscription { TenantId = person.At.Id, MailboxId = person.Id, Name = $"n{n}" }));
            await db.SaveChangesAsync(Token);
        }

        Assert.False(await session.Store.SetSubscribedAsync("one more", true, Token));
        Assert.True(await session.Store.SetSubscribedAsync("n7", true, Token));
        Assert.True(await session.Store.SetSubscribedAsync("n7", false, Token));
        Assert.True(await session.Store.SetSubscribedAsync("n7", false, Token));
        Assert.True(await session.Store.SetSubscribedAsync("one more", true, Token));
    }

    private static NewMessage Message(string content, MessageFlags flags = MessageFlags.None) =>
        new(flags, [], null, new MemoryStream(Encoding.UTF8.GetBytes(content)));

    private static async Task AppendAsync(IMailSession session, params NewMessage[] messages) =>
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync("INBOX", messages, Token));

    private static async Task<(IOpenFolder Folder, FolderSnapshot Snapshot)> OpenAsync(IMailSession session, string name = "INBOX")
    {
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync(name, readOnly: false, Token));
        return (opened.Folder, opened.Snapshot);
    }
}
