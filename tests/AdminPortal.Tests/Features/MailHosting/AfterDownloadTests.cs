using System.Text;
using AdminPortal.Data;
using AdminPortal.MailServer;
using Microsoft.EntityFrameworkCore;
using Xunit;
using Preferences = AdminPortal.Data.ClientPreferences;
using Doors = AdminPortal.MailServer.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>What a POP3 download does to the message in the store: as the mailbox says, else its plan, at the end of a session in good order.</summary>
public sealed class AfterDownloadTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, null, AfterRetrieval.Leave)]
    [InlineData(null, AfterDownload.Archive, AfterRetrieval.Archive)]
    [InlineData(AfterDownload.MarkRead, AfterDownload.Archive, AfterRetrieval.MarkSeen)]
    [InlineData(AfterDownload.Delete, null, AfterRetrieval.Delete)]
    [InlineData(AfterDownload.Leave, AfterDownload.Delete, AfterRetrieval.Leave)]
    public async Task The_mailbox_says_it_or_its_plan(AfterDownload? own, AfterDownload? ofPlan, AfterRetrieval holds)
    {
        var person = await PersonAsync(own, ofPlan);
        await using var session = await house.First.EnterAsync(person, Doors.Pop3);
        await using var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await session.OpenMaildropAsync(Token)).Maildrop;
        Assert.Equal(holds, maildrop.AfterRetrieval);
    }

    [Theory]
    [InlineData(AfterDownload.Leave, "2 , 3 ", "")]
    [InlineData(AfterDownload.MarkRead, "2 seen, 3 ", "")]
    [InlineData(AfterDownload.Delete, "3 ", "")]
    [InlineData(AfterDownload.Archive, "3 ", "1 ")]
    public async Task What_was_downloaded_is_treated_so_in_one_commit_with_what_was_deleted(AfterDownload after, string inbox, string archive)
    {
        var person = await PersonAsync(after, null);
        await using var imap = await house.Second.EnterAsync(person);
        await imap.Store.AppendAsync("INBOX", [Message("1"), Message("2"), Message("3")], Token);
        var watched = Assert.IsType<OpenFolderOutcome.Opened>(await imap.Store.OpenFolderAsync("INBOX", false, Token));
        await using (var session = await house.First.EnterAsync(person, Doors.Pop3))
        await using (var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await session.OpenMaildropAsync(Token)).Maildrop)
            await maildrop.UpdateAsync([1], [2], Token);

        Assert.Equal(inbox, await FolderAsync(imap, "INBOX"));
        Assert.Equal(archive, await FolderAsync(imap, "Archive"));
        // An IMAP session in another process learns of it.
        await watched.Folder.WaitForChangesAsync(watched.Snapshot.HighestModSeq, Token).WaitAsync(TimeSpan.FromSeconds(10), Token);
        var changes = (await watched.Folder.GetChangesAsync(watched.Snapshot.HighestModSeq, Token))!;
        Assert.Contains(changes.Vanished, gone => gone.From <= 1 && gone.To >= 1);
        Assert.Equal(after == AfterDownload.MarkRead ? [2u] : [], changes.Messages.Select(m => m.Uid));
        await watched.Folder.DisposeAsync();
    }

    [Fact]
    public async Task Without_the_folder_Archive_the_message_stays_where_it_is()
    {
        var person = await PersonAsync(AfterDownload.Archive, null);
        await using var imap = await house.Second.EnterAsync(person);
        await imap.Store.AppendAsync("INBOX", [Message("1")], Token);
        await imap.Store.DeleteFolderAsync("Archive", Token);
        await using (var session = await house.First.EnterAsync(person, Doors.Pop3))
        await using (var maildrop = Assert.IsType<OpenMaildropOutcome.Opened>(await session.OpenMaildropAsync(Token)).Maildrop)
            await maildrop.UpdateAsync([], [1], Token);
        Assert.Equal("1 ", await FolderAsync(imap, "INBOX"));
    }

    private async Task<Person> PersonAsync(AfterDownload? own, AfterDownload? ofPlan)
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await using var db = house.Serving(person.At);
        var plan = new Plan { TenantId = person.At.Id, Id = Guid.CreateVersion7(), Name = $"{person.Id}", Preferences = Preferences.Unset with { AfterDownload = ofPlan } };
        db.Add(plan);
        var mailbox = await db.Mailboxes.SingleAsync(m => m.Id == person.Id, Token);
        (mailbox.PlanId, mailbox.Preferences) = (plan.Id, Preferences.Unset with { AfterDownload = own });
        await db.SaveChangesAsync(Token);
        return person;
    }

    private static async Task<string> FolderAsync(IMailSession session, string name)
    {
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync(name, true, Token));
        await opened.Folder.DisposeAsync();
        return string.Join(", ", opened.Snapshot.Messages.Select(m => $"{m.Uid} {(m.Flags.HasFlag(MessageFlags.Seen) ? "seen" : "")}"));
    }

    private static NewMessage Message(string text) => new(MessageFlags.None, [], null, new MemoryStream(Encoding.ASCII.GetBytes($"Subject: {text}\r\n\r\n{text}\r\n")));
}
