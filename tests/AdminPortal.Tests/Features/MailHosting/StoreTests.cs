using System.Text;
using AdminPortal.Data;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;
using MailFolder = AdminPortal.MailServer.MailFolder;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>The promises of the mail server's store, kept by PostgreSQL: what a session writes, others see, in this process and in others.</summary>
public sealed class StoreTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_mailbox_has_its_special_folders_however_many_programs_come_first_at_once()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        var sessions = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? house.First : house.Second).EnterAsync(person)));

        var lists = await Task.WhenAll(sessions.Select(session => session.Store.ListFoldersAsync(Token)));

        Assert.All(lists, folders => Assert.Equal(
            [
                new("Archive", SpecialUse.Archive, true, true), new("Drafts", SpecialUse.Drafts, true, true), new("INBOX", SpecialUse.None, true, true),
                new("Junk", SpecialUse.Junk, true, true), new("Sent", SpecialUse.Sent, true, true), new("Trash", SpecialUse.Trash, true, true),
            ],
            folders.OrderBy(f => f.Name, StringComparer.Ordinal)));
        foreach (var session in sessions) await session.DisposeAsync();
    }

    [Fact]
    public async Task What_was_appended_is_read_back_octet_for_octet()
    {
        await using var session = await NewSessionAsync();
        var date = new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.FromHours(2));

        var appended = await AppendAsync(session, "INBOX", new NewMessage(MessageFlags.Seen | MessageFlags.Flagged, ["$Work", "Later"], date, Octets("Subject: a\r\n\r\nBody ✓\r\n")));

        var (folder, snapshot) = await OpenAsync(session, "INBOX");
        var message = Assert.Single(snapshot.Messages);
        Assert.Equal((appended.Uids[0], appended.UidValidity, 2u), (message.Uid, snapshot.UidValidity, snapshot.UidNext));
        Assert.Equal((MessageFlags.Seen | MessageFlags.Flagged, date), (message.Flags, message.InternalDate));
        Assert.Equal(["$Work", "Later"], message.Keywords);
        Assert.Equal(Octets("Subject: a\r\n\r\nBody ✓\r\n").Length, message.Size);
        Assert.Equal("Subject: a\r\n\r\nBody ✓\r\n", Assert.Single(await ReadAsync(folder, [1])));
        Assert.Equal("Subject: a\r\n\r\n", Assert.Single(await ReadAsync(folder, [1], ContentScope.Header)));
        await folder.DisposeAsync();
    }

    [Theory]
    [InlineData("A: b\r\n\r\nrest", "A: b\r\n\r\n")]
    [InlineData("\r\nonly a body", "\r\n")]
    [InlineData("A: b\r\nno empty line", "A: b\r\nno empty line")]
    [InlineData("A: b\r\r\n\r\nrest", "A: b\r\r\n\r\n")]
    [InlineData("A: b\n\nrest", "A: b\n\nrest")]
    [InlineData("", "")]
    public async Task The_header_ends_with_the_first_empty_line(string message, string header)
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message(message));
        var (folder, _) = await OpenAsync(session, "INBOX");

        Assert.Equal(header, Assert.Single(await ReadAsync(folder, [1], ContentScope.Header)));
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task Many_messages_and_large_ones_are_read_in_one_pass_in_order()
    {
        await using var session = await NewSessionAsync();
        var large = new string('x', 3 * 1024 * 1024 + 17);
        var contents = Enumerable.Range(0, 40).Select(i => i is 7 or 8 ? $"N: {i}\r\n\r\n{large}{i}" : $"N: {i}\r\n\r\n{new string('y', 60_000)}").ToList();
        await AppendAsync(session, "INBOX", [.. contents.Select(c => Message(c))]);
        var (folder, snapshot) = await OpenAsync(session, "INBOX");

        var uids = snapshot.Messages.Select(m => m.Uid).ToList();
        var read = await ReadAsync(folder, [.. uids, 9_000]);

        Assert.Equal(contents.Select(c => c.Length), read.Select(c => c.Length));
        Assert.Equal(contents, read);
        Assert.Equal(contents.Select((_, i) => $"N: {i}\r\n\r\n"), await ReadAsync(folder, uids, ContentScope.Header));
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task A_message_that_is_expunged_while_it_is_read_is_read_to_its_end()
    {
        await using var session = await NewSessionAsync();
        var content = $"A: b\r\n\r\n{new string('x', 5 * 1024 * 1024)}";
        await AppendAsync(session, "INBOX", new NewMessage(MessageFlags.Deleted, [], null, Octets(content)));
        var (folder, _) = await OpenAsync(session, "INBOX");

        await foreach (var message in folder.ReadAsync([1], ContentScope.Whole, Token))
        {
            var beginning = new byte[10];
            await message.Content.ReadExactlyAsync(beginning, Token);
            await using var other = await SameMailboxAsync(session);
            var (again, _) = await OpenAsync(other, "INBOX");
            Assert.Equal([1u], await again.ExpungeAsync(null, Token));
            await again.DisposeAsync();
            await SweepGarbageAsync(TimeSpan.FromMinutes(1));

            using var rest = new StreamReader(message.Content);
            Assert.Equal(content.Length - 10, (await rest.ReadToEndAsync(Token)).Length);
        }
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task Contents_go_when_the_last_message_that_holds_them_is_gone_and_not_before()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await AppendAsync(session, "INBOX", new NewMessage(MessageFlags.Deleted, [], null, Octets("A: b\r\n\r\n")));
        var (inbox, _) = await OpenAsync(session, "INBOX");
        await inbox.CopyAsync([1], "Archive", Token);
        await inbox.ExpungeAsync(null, Token);
        await inbox.DisposeAsync();
        await SweepGarbageAsync(TimeSpan.Zero);

        var (archive, _) = await OpenAsync(session, "Archive");
        Assert.Equal("A: b\r\n\r\n", Assert.Single(await ReadAsync(archive, [1])));
        Assert.True(await HasContentsAsync(person));
        await archive.ExpungeAsync(null, Token);
        await archive.DisposeAsync();
        await SweepGarbageAsync(TimeSpan.Zero);

        Assert.False(await HasContentsAsync(person));
    }

    [Fact]
    public async Task Appending_is_all_or_nothing_and_a_missing_folder_keeps_nothing()
    {
        var person = await house.NewcomerAsync(house.Fabrikam);
        await using var session = await house.First.EnterAsync(person);

        Assert.IsType<AppendOutcome.FolderNotFound>(await session.Store.AppendAsync("Nowhere", [Message("Lost: yes\r\n\r\n")], Token));

        await using var db = house.Serving(house.Fabrikam);
        Assert.DoesNotContain("Lost: yes\r\n\r\n", (await db.MailContents.ToListAsync(Token)).Select(c => Encoding.UTF8.GetString(c.Body)));
    }

    [Fact]
    public async Task UIDs_of_sessions_that_append_at_once_are_given_once_and_seen_in_order()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var reader = await house.First.EnterAsync(person);
        var (folder, snapshot) = await OpenAsync(reader, "INBOX");
        var writing = Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
        {
            await using var writer = await (i % 2 == 0 ? house.First : house.Second).EnterAsync(person);
            var uids = new List<uint>();
            for (var n = 0; n < 10; n++) uids.AddRange((await AppendAsync(writer, "INBOX", Message($"N: {n}\r\n\r\n"), Message($"M: {n}\r\n\r\n"))).Uids);
            return uids;
        }));

        var seen = new List<uint>();
        for (var modSeq = snapshot.HighestModSeq; seen.Count < 120;)
        {
            await folder.WaitForChangesAsync(modSeq, Token);
            var changes = (await folder.GetChangesAsync(modSeq, Token))!;
            seen.AddRange(changes.Messages.Select(m => m.Uid));
            modSeq = changes.HighestModSeq;
        }

        Assert.Equal(Enumerable.Range(1, 120).Select(n => (uint)n), seen);
        Assert.Equal(seen, (await writing).SelectMany(uids => uids).Order());
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task Flags_are_changed_in_sets_and_a_change_without_a_difference_counts_for_nothing()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message("A: 1\r\n\r\n"), new NewMessage(MessageFlags.Seen, ["Work"], null, Octets("A: 2\r\n\r\n")));
        var (folder, snapshot) = await OpenAsync(session, "INBOX");

        var added = await folder.StoreFlagsAsync([1, 2, 77], new(FlagChangeMode.Add, MessageFlags.Seen, ["work"]), null, Token);

        Assert.Equal([(1u, MessageFlags.Seen), (2u, MessageFlags.Seen)], added.Messages.Select(m => (m.Uid, m.Flags)));
        Assert.Equal([["work"], ["Work"]], added.Messages.Select(m => m.Keywords));
        Assert.True(added.Messages[0].ModSeq > snapshot.HighestModSeq);
        Assert.Equal(snapshot.Messages[1].ModSeq, added.Messages[1].ModSeq);

        var removed = await folder.StoreFlagsAsync([1, 2], new(FlagChangeMode.Remove, MessageFlags.Seen, ["WORK"]), null, Token);
        Assert.All(removed.Messages, m => Assert.Equal((MessageFlags.None, 0), (m.Flags, m.Keywords.Count)));

        var replaced = await folder.StoreFlagsAsync([2], new(FlagChangeMode.Replace, MessageFlags.Answered | MessageFlags.Draft, ["Done"]), null, Token);
        Assert.Equal(MessageFlags.Answered | MessageFlags.Draft, Assert.Single(replaced.Messages).Flags);
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task Messages_that_changed_in_the_meantime_are_left_alone_when_asked_to()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message("A: 1\r\n\r\n"), Message("A: 2\r\n\r\n"));
        var (folder, snapshot) = await OpenAsync(session, "INBOX");
        await folder.StoreFlagsAsync([2], new(FlagChangeMode.Add, MessageFlags.Seen, []), null, Token);

        var result = await folder.StoreFlagsAsync([1, 2], new(FlagChangeMode.Add, MessageFlags.Flagged, []), snapshot.HighestModSeq, Token);

        Assert.Equal([2u], result.Modified);
        Assert.Equal([MessageFlags.Flagged, MessageFlags.Seen], result.Messages.Select(m => m.Flags));
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task Copies_keep_everything_and_get_new_UIDs_and_moves_leave_nothing_behind()
    {
        await using var session = await NewSessionAsync();
        var date = DateTimeOffset.UnixEpoch.AddDays(1);
        await AppendAsync(session, "INBOX", [.. Enumerable.Range(1, 3).Select(i => new NewMessage(MessageFlags.Flagged, ["K"], date, Octets($"A: {i}\r\n\r\n")))]);
        var (inbox, _) = await OpenAsync(session, "INBOX");

        var copied = Assert.IsType<CopyOutcome.Copied>(await inbox.CopyAsync([2, 3, 50], "Archive", Token));
        var moved = Assert.IsType<CopyOutcome.Copied>(await inbox.MoveAsync([1, 2], "Archive", Token));
        var nothing = Assert.IsType<CopyOutcome.Copied>(await inbox.MoveAsync([1], "Archive", Token));
        Assert.IsType<CopyOutcome.DestinationNotFound>(await inbox.MoveAsync([3], "Nowhere", Token));

        Assert.Equal([(2u, 1u), (3u, 2u)], copied.SourceUids.Zip(copied.Uids));
        Assert.Equal([(1u, 3u), (2u, 4u)], moved.SourceUids.Zip(moved.Uids));
        Assert.Empty(nothing.SourceUids);
        var (archive, archived) = await OpenAsync(session, "Archive");
        Assert.Equal(["A: 2\r\n\r\n", "A: 3\r\n\r\n", "A: 1\r\n\r\n", "A: 2\r\n\r\n"], await ReadAsync(archive, [1, 2, 3, 4]));
        Assert.All(archived.Messages, m => Assert.Equal((MessageFlags.Flagged, date, "K"), (m.Flags, m.InternalDate, m.Keywords.Single())));
        var (again, left) = await OpenAsync(session, "INBOX");
        Assert.Equal([3u], left.Messages.Select(m => m.Uid));
        foreach (var folder in new[] { inbox, archive, again }) await folder.DisposeAsync();
    }

    [Fact]
    public async Task A_move_into_the_same_folder_gives_new_UIDs()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message("A: 1\r\n\r\n"), Message("A: 2\r\n\r\n"));
        var (inbox, snapshot) = await OpenAsync(session, "INBOX");

        await inbox.MoveAsync([1], "INBOX", Token);

        var changes = (await inbox.GetChangesAsync(snapshot.HighestModSeq, Token))!;
        Assert.Equal([3u], changes.Messages.Select(m => m.Uid));
        Assert.Equal([new UidRange(1, 1)], changes.Vanished);
        await inbox.DisposeAsync();
    }

    [Fact]
    public async Task Moves_that_cross_do_not_block_each_other()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using (var session = await house.First.EnterAsync(person))
        {
            await AppendAsync(session, "INBOX", [.. Enumerable.Range(0, 20).Select(i => Message($"A: {i}\r\n\r\n"))]);
            await AppendAsync(session, "Archive", [.. Enumerable.Range(0, 20).Select(i => Message($"A: {i}\r\n\r\n"))]);
        }

        await Task.WhenAll(MoveAllAsync("INBOX", "Archive"), MoveAllAsync("Archive", "INBOX"));

        await using var after = await house.First.EnterAsync(person);
        Assert.Equal(40, (await after.Store.GetStatusAsync(["INBOX", "Archive"], Token)).Sum(s => s.Messages));

        async Task MoveAllAsync(string from, string to)
        {
            await using var session = await house.Second.EnterAsync(person);
            var (folder, _) = await OpenAsync(session, from);
            for (uint uid = 1; uid <= 20; uid++) await folder.MoveAsync([uid], to, Token);
            await folder.DisposeAsync();
        }
    }

    [Fact]
    public async Task Expunging_takes_what_is_marked_and_named_and_tells_the_others()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        await AppendAsync(session, "INBOX", [.. Enumerable.Range(1, 4).Select(i => new NewMessage(i == 2 ? MessageFlags.None : MessageFlags.Deleted, [], null, Octets("A: b\r\n\r\n")))]);
        await using var other = await house.Second.EnterAsync(person);
        var (theirs, snapshot) = await OpenAsync(other, "INBOX");
        var (inbox, _) = await OpenAsync(session, "INBOX");

        Assert.Equal([3u], await inbox.ExpungeAsync([2, 3], Token));
        Assert.Equal([1u, 4u], await inbox.ExpungeAsync(null, Token));
        Assert.Empty(await inbox.ExpungeAsync(null, Token));

        await theirs.WaitForChangesAsync(snapshot.HighestModSeq, Token);
        Assert.Equal([new(1, 1), new(3, 4)], await VanishedAsync(theirs, snapshot.HighestModSeq, 2));
        await AppendAsync(session, "INBOX", Message("A: b\r\n\r\n"));
        Assert.Equal([2u, 5u], (await OpenAsync(other, "INBOX")).Snapshot.Messages.Select(m => m.Uid));
        await inbox.DisposeAsync();
        await theirs.DisposeAsync();
    }

    [Fact]
    public async Task Whoever_waits_hears_of_changes_in_this_process_and_in_others_within_moments()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var here = await house.First.EnterAsync(person);
        await using var there = await house.Second.EnterAsync(person);
        var (folderHere, snapshot) = await OpenAsync(here, "INBOX");
        var (folderThere, _) = await OpenAsync(there, "INBOX");
        Assert.False(folderHere.MayHaveChangedSince(snapshot.HighestModSeq));
        var waiting = Task.WhenAll(folderHere.WaitForChangesAsync(snapshot.HighestModSeq, Token), folderThere.WaitForChangesAsync(snapshot.HighestModSeq, Token));
        Assert.False(waiting.IsCompleted);

        await using var writer = await house.First.EnterAsync(person);
        await AppendAsync(writer, "INBOX", Message("A: b\r\n\r\n"));

        Assert.True(folderHere.MayHaveChangedSince(snapshot.HighestModSeq));
        await waiting.WaitAsync(TimeSpan.FromMilliseconds(900), Token);
        Assert.Equal([1u], (await folderThere.GetChangesAsync(snapshot.HighestModSeq, Token))!.Messages.Select(m => m.Uid));
        await folderHere.DisposeAsync();
        await folderThere.DisposeAsync();
    }

    [Fact]
    public async Task A_change_whose_notice_was_lost_is_found_within_moments_all_the_same()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        var (folder, snapshot) = await OpenAsync(session, "INBOX");

        // As if another process had died between its commit and its notice.
        await using var db = house.Serving(person.At);
        await db.MailFolders.Where(f => f.MailboxId == person.Id && f.Name == "INBOX")
            .ExecuteUpdateAsync(f => f.SetProperty(x => x.HighestModSeq, x => x.HighestModSeq + 1), Token);

        await folder.WaitForChangesAsync(snapshot.HighestModSeq, Token).WaitAsync(TimeSpan.FromSeconds(5), Token);
        Assert.Equal(snapshot.HighestModSeq + 1, (await folder.GetChangesAsync(snapshot.HighestModSeq, Token))!.HighestModSeq);
        await folder.DisposeAsync();
    }

    [Fact]
    public async Task A_deleted_folder_is_noticed_by_whoever_has_it_open_and_comes_back_as_another_one()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var session = await house.First.EnterAsync(person);
        Assert.Equal(CreateFolderOutcome.Created, await session.Store.CreateFolderAsync("Clients/Énergie", Token));
        await session.Store.SetSubscribedAsync("Clients/Énergie", true, Token);
        await AppendAsync(session, "Clients/Énergie", Message("A: b\r\n\r\n"));
        await using var other = await house.Second.EnterAsync(person);
        var (open, before) = await OpenAsync(other, "Clients/Énergie");

        Assert.Equal(DeleteFolderOutcome.HasChildren, await session.Store.DeleteFolderAsync("Clients", Token));
        Assert.Equal(DeleteFolderOutcome.Deleted, await session.Store.DeleteFolderAsync("Clients/Énergie", Token));
        Assert.Equal(DeleteFolderOutcome.NotFound, await session.Store.DeleteFolderAsync("Clients/Énergie", Token));

        await open.WaitForChangesAsync(before.HighestModSeq, Token).WaitAsync(TimeSpan.FromSeconds(2), Token);
        Assert.Null(await open.GetChangesAsync(before.HighestModSeq, Token));
        Assert.Empty((await open.StoreFlagsAsync([1], new(FlagChangeMode.Add, MessageFlags.Seen, []), null, Token)).Messages);
        Assert.Contains(new MailFolder("Clients/Énergie", SpecialUse.None, Exists: false, Subscribed: true), await session.Store.ListFoldersAsync(Token));
        await open.DisposeAsync();

        Assert.Equal(CreateFolderOutcome.Created, await session.Store.CreateFolderAsync("Clients/Énergie", Token));
        Assert.Equal(CreateFolderOutcome.AlreadyExists, await session.Store.CreateFolderAsync("Clients", Token));
        var (again, after) = await OpenAsync(session, "Clients/Énergie");
        Assert.True(after.UidValidity > before.UidValidity);
        Assert.Empty(after.Messages);
        await again.DisposeAsync();
    }

    [Fact]
    public async Task Renaming_takes_the_whole_tree_and_makes_what_is_missing_above()
    {
        await using var session = await NewSessionAsync();
        foreach (var name in new[] { "a", "a/b", "a/b/c", "ab", "a0" }) await session.Store.CreateFolderAsync(name, Token);
        await AppendAsync(session, "a/b", Message("A: b\r\n\r\n"));
        var validity = (await session.Store.GetStatusAsync(["a/b"], Token))[0].UidValidity;

        Assert.Equal(RenameFolderOutcome.AlreadyExists, await session.Store.RenameFolderAsync("a", "ab", Token));
        Assert.Equal(RenameFolderOutcome.NotFound, await session.Store.RenameFolderAsync("x", "y", Token));
        Assert.Equal(RenameFolderOutcome.Renamed, await session.Store.RenameFolderAsync("a", "new/place", Token));

        var names = (await session.Store.ListFoldersAsync(Token)).Where(f => f.Use == SpecialUse.None).Select(f => f.Name).Order(StringComparer.Ordinal);
        Assert.Equal(["INBOX", "a0", "ab", "new", "new/place", "new/place/b", "new/place/b/c"], names);
        var moved = Assert.Single(await session.Store.GetStatusAsync(["new/place/b"], Token));
        Assert.Equal((validity, 1), (moved.UidValidity, moved.Messages));
        Assert.Equal(RenameFolderOutcome.Renamed, await session.Store.RenameFolderAsync("new", "new/inner", Token));
        Assert.Contains("new/inner/place/b/c", (await session.Store.ListFoldersAsync(Token)).Select(f => f.Name));
    }

    [Fact]
    public async Task Renaming_INBOX_empties_it_into_the_new_folder()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message("A: 1\r\n\r\n"), Message("A: 2\r\n\r\n"));
        var (inbox, snapshot) = await OpenAsync(session, "INBOX");

        Assert.Equal(RenameFolderOutcome.Renamed, await session.Store.RenameFolderAsync("INBOX", "Old/Mail", Token));

        Assert.Equal([new UidRange(1, 2)], (await inbox.GetChangesAsync(snapshot.HighestModSeq, Token))!.Vanished);
        Assert.Equal(2, (await session.Store.GetStatusAsync(["Old/Mail"], Token))[0].Messages);
        await AppendAsync(session, "INBOX", Message("A: 3\r\n\r\n"));
        Assert.Equal([3u], (await OpenAsync(session, "INBOX")).Snapshot.Messages.Select(m => m.Uid));
        await inbox.DisposeAsync();
    }

    [Fact]
    public async Task The_numbers_of_folders_are_counted_and_missing_ones_left_out()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", new NewMessage(MessageFlags.Seen, [], null, Octets("12345")), new NewMessage(MessageFlags.Deleted, [], null, Octets("123")));

        var status = Assert.Single(await session.Store.GetStatusAsync(["INBOX", "Nowhere"], Token));

        Assert.Equal((3u, 2, 1, 2, 1, 8L), (status.UidNext, status.Messages, status.Unseen, status.Recent, status.Deleted, status.Size));
    }

    [Fact]
    public async Task Recent_messages_are_told_to_one_read_write_session()
    {
        await using var session = await NewSessionAsync();
        await AppendAsync(session, "INBOX", Message("A: 1\r\n\r\n"));

        var looked = await RecentFromAsync(readOnly: true);
        var first = await RecentFromAsync(readOnly: false);
        var second = await RecentFromAsync(readOnly: false);

        Assert.Equal((1u, 1u, 2u), (looked, first, second));
        Assert.Equal(0, (await session.Store.GetStatusAsync(["INBOX"], Token))[0].Recent);

        async Task<uint> RecentFromAsync(bool readOnly)
        {
            var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync("INBOX", readOnly, Token));
            await opened.Folder.DisposeAsync();
            return opened.Snapshot.RecentFrom;
        }
    }

    [Fact]
    public async Task One_tenants_session_cannot_reach_what_another_stores()
    {
        await using var ours = await house.First.EnterAsync(house.Contoso.Bruno);
        await using var theirs = await house.First.EnterAsync(house.Fabrikam.Bruno);
        await AppendAsync(theirs, "INBOX", Message("Secret: yes\r\n\r\n"));

        var (_, snapshot) = await OpenAsync(ours, "INBOX");

        Assert.Empty(snapshot.Messages);
    }

    private async Task<IMailSession> NewSessionAsync() => await house.First.EnterAsync(await house.NewcomerAsync(house.Contoso));

    private async Task<IMailSession> SameMailboxAsync(IMailSession session) =>
        Assert.IsType<AuthenticationResult.Succeeded>(await house.Second.SignInAsync(MailServer.MailProtocol.Imap, session.Address)).Session;

    private static NewMessage Message(string content) => new(MessageFlags.None, [], null, Octets(content));

    private static MemoryStream Octets(string content) => new(Encoding.UTF8.GetBytes(content));

    private static async Task<AppendOutcome.Appended> AppendAsync(IMailSession session, string folder, params NewMessage[] messages) =>
        Assert.IsType<AppendOutcome.Appended>(await session.Store.AppendAsync(folder, messages, Token));

    private static async Task<(IOpenFolder Folder, FolderSnapshot Snapshot)> OpenAsync(IMailSession session, string name)
    {
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync(name, readOnly: false, Token));
        return (opened.Folder, opened.Snapshot);
    }

    private static async Task<List<string>> ReadAsync(IOpenFolder folder, IReadOnlyList<uint> uids, ContentScope scope = ContentScope.Whole)
    {
        var contents = new List<string>();
        await foreach (var message in folder.ReadAsync(uids, scope, Token))
        {
            using var reader = new StreamReader(message.Content);
            contents.Add(await reader.ReadToEndAsync(Token));
            Assert.Equal(message.Length, Encoding.UTF8.GetByteCount(contents[^1]));
        }
        return contents;
    }

    private static async Task<IReadOnlyList<UidRange>> VanishedAsync(IOpenFolder folder, long modSeq, int count)
    {
        while (true)
        {
            var changes = (await folder.GetChangesAsync(modSeq, Token))!;
            if (changes.Vanished.Count == count) return changes.Vanished;
            await folder.WaitForChangesAsync(changes.HighestModSeq, Token);
        }
    }

    private async Task SweepGarbageAsync(TimeSpan olderThan)
    {
        await using var source = NpgsqlDataSource.Create(house.Database.ServingConnectionString);
        await new CrossTenant(source).RemoveMailGarbageAsync(olderThan, 1_000, Token);
    }

    private async Task<bool> HasContentsAsync(Person person)
    {
        await using var source = NpgsqlDataSource.Create(house.Database.OwnerConnectionString);
        await using var command = source.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM mail_content c WHERE c.tenant_id = $1 AND c.created_at >= (SELECT created_at FROM mailbox WHERE id = $2)
                           AND convert_from(substring(c.body FROM 1 FOR 4), 'UTF8') = 'A: b' AND length(c.body) = 8
                           AND NOT EXISTS (SELECT FROM mail_message m JOIN mail_folder f ON f.id = m.folder_id WHERE m.content_id = c.id AND f.mailbox_id <> $2))
            """);
        command.Parameters.Add(new() { Value = person.At.Id });
        command.Parameters.Add(new() { Value = person.Id });
        return await command.ExecuteScalarAsync(Token) is true;
    }
}
