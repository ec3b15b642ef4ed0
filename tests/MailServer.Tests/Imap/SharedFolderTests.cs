using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>Folders that all share (RFC 2342), and what may be done in them.</summary>
public sealed class SharedFolderTests : ImapStories
{
    private static void Folders(TestServer server)
    {
        ThreeMessages(server);
        foreach (var name in new[] { "Public/Board", "Public/Inbox", "Public/News" })
        {
            server.Backend.SetSharedFolder(name, FolderRight.Everything);
            server.Backend.Deliver(TestServer.Bob, "Subject: shared\n\nfor all\n", name);
        }
        server.Backend.SetSharedFolder("Public/Board", FolderRight.AddAndMark);
        server.Backend.SetSharedFolder("Public/News", FolderRight.Read);
    }

    private static Task PlaySharedAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, SignIn + text, Folders);

    [Fact]
    public Task They_are_listed_below_a_level_that_is_no_folder() => PlaySharedAsync("""
        C: 2 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL (("Public/" "/"))
        S: 2 OK Done
        C: 3 LIST "" Public*
        S: * LIST (\HasChildren \Noselect) "/" "Public"
        S: * LIST (\HasNoChildren) "/" "Public/Board"
        S: * LIST (\HasNoChildren) "/" "Public/Inbox"
        S: * LIST (\HasNoChildren) "/" "Public/News"
        S: 3 OK Done
        C: 4 SELECT Public
        S: 4 NO [NONEXISTENT] No such folder
        C: 5 STATUS Public/News (MESSAGES UNSEEN)
        S: * STATUS "Public/News" (MESSAGES 1 UNSEEN 1)
        S: 5 OK Done
        C: 6 SUBSCRIBE Public/News
        S: 6 OK Done
        C: 7 LSUB "" Public/%
        S: * LSUB () "/" "Public/News"
        S: 7 OK Done
        C: 8 GETQUOTAROOT Public/News
        S: * QUOTAROOT "Public/News"
        S: 8 OK Done
        C: 9 CREATE Public/Mine
        S: 9 NO [NOPERM] An administrator decides that
        C: 10 DELETE Public/News
        S: 10 NO [NOPERM] An administrator decides that
        C: 11 RENAME Public/News Mine
        S: 11 NO [NOPERM] An administrator decides that
        C: 12 RENAME Sent Public/Mine
        S: 12 NO [NOPERM] An administrator decides that
        C: 13 LOGOUT
        S: * BYE Goodbye
        S: 13 OK Signed off
        """);

    [Fact]
    public Task One_for_reading_is_read_and_copied_from() => PlaySharedAsync("""
        C: 2 SELECT Public/News
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY …] UIDs are valid
        S: * OK [UIDNEXT 2] Next UID
        S: * OK [HIGHESTMODSEQ 2] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-ONLY] Folder is open
        C: 3 FETCH 1 BODY[TEXT]
        S: * 1 FETCH (BODY[TEXT] {9}
        S: for all
        S: )
        S: 3 OK Fetched
        C: 4 SEARCH SUBJECT shared
        S: * SEARCH 1
        S: 4 OK Searched
        C: 5 STORE 1 +FLAGS \Seen
        S: 5 NO [NOPERM] The folder is open for reading only
        C: 6 EXPUNGE
        S: 6 NO [NOPERM] The folder is open for reading only
        C: 7 MOVE 1 Sent
        S: 7 NO [NOPERM] The folder is open for reading only
        C: 8 COPY 1 Sent
        S: 8 OK [COPYUID 2 1 1] Copied
        C: 9 COPY 1 Public/News
        S: 9 NO [NOPERM] An administrator decides that
        C: 10 APPEND Public/News {4+}
        C: A: b
        S: 10 NO [NOPERM] An administrator decides that
        C: 11 APPEND Public/Nowhere {4+}
        C: A: b
        S: 11 NO [TRYCREATE] No such folder
        C: 12 LOGOUT
        S: * BYE Goodbye
        S: 12 OK Signed off
        """);

    [Fact]
    public Task One_for_adding_and_marking_gives_nothing_away() => PlaySharedAsync("""
        C: 2 SELECT Public/Board
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Seen \Draft \*)] Flags that stay
        S: * 1 EXISTS
        S: * 1 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY …] UIDs are valid
        S: * OK [UIDNEXT 2] Next UID
        S: * OK [HIGHESTMODSEQ 2] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-WRITE] Folder is open
        C: 3 STORE 1 +FLAGS (\Flagged \Deleted)
        S: * 1 FETCH (FLAGS (\Flagged \Recent))
        S: 3 OK Stored
        C: 4 APPEND Public/Board {4+}
        C: A: b
        S: * 2 EXISTS
        S: * 2 RECENT
        S: 4 OK [APPENDUID … 2] Stored
        C: 5 EXPUNGE
        S: 5 NO [NOPERM] An administrator decides that
        C: 6 UID MOVE 1 INBOX
        S: 6 NO [NOPERM] An administrator decides that
        C: 7 CLOSE
        S: 7 OK Folder closed
        C: 8 SELECT INBOX
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ 4] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 8 OK [READ-WRITE] Folder is open
        C: 9 MOVE 1 Public/Board
        S: * OK [COPYUID … 1 3] Moved
        S: * 1 EXPUNGE
        S: 9 OK Moved
        C: 10 MOVE 1 Public/News
        S: 10 NO [NOPERM] An administrator decides that
        C: 11 STATUS Public/Board (MESSAGES)
        S: * STATUS "Public/Board" (MESSAGES 3)
        S: 11 OK Done
        C: 12 LOGOUT
        S: * BYE Goodbye
        S: 12 OK Signed off
        """);

    [Fact]
    public async Task One_for_everything_is_worked_in_together()
    {
        await using var server = new TestServer();
        Folders(server);
        var (alice, bob) = (await SignedInAsync(server), await SignedInAsync(server, "bob@contoso.example"));
        await alice.ImapAsync("1 SELECT Public/Inbox");
        await bob.ImapAsync("1 SELECT Public/Inbox");
        await alice.AskAsync("2 IDLE");

        await bob.ImapAsync("2 STORE 1 +FLAGS.SILENT (\\Flagged)");
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))", await alice.ReadLineAsync());
        Assert.StartsWith("* OK [COPYUID", (await bob.ImapAsync("3 MOVE 1 Archive"))[0], StringComparison.Ordinal);
        Assert.Equal("* 1 EXPUNGE", await alice.ReadLineAsync());
        Assert.Single(server.Backend.Messages(TestServer.Bob, "Archive"));
    }

    [Fact]
    public async Task What_is_shared_counts_towards_nobodys_quota_and_what_is_taken_from_it_counts()
    {
        await using var server = new TestServer();
        Folders(server);
        server.Backend.SetQuota(TestServer.Alice, 200);
        var alice = await SelectedAsync(server);

        Assert.StartsWith("1 OK [COPYUID", (await alice.ImapAsync("1 COPY 1:3 Public/Board"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("2 OK [APPENDUID", (await alice.ImapAsync("2 APPEND Public/Board {4+}\r\nA: b"))[^1], StringComparison.Ordinal);
        await alice.ImapAsync("3 SELECT Public/Inbox");
        Assert.Equal("4 NO [OVERQUOTA] The mailbox is full", (await alice.ImapAsync("4 COPY 1 Sent"))[^1]);
        Assert.Equal("5 NO [OVERQUOTA] The mailbox is full", (await alice.ImapAsync("5 MOVE 1 Sent"))[^1]);
        Assert.Equal("* STATUS \"Public/Inbox\" (MESSAGES 1)", (await alice.ImapAsync("6 STATUS Public/Inbox (MESSAGES)"))[0]);
    }

    [Fact]
    public async Task A_right_that_is_taken_away_ends_what_is_open()
    {
        await using var server = new TestServer();
        Folders(server);
        var alice = await SignedInAsync(server);
        await alice.ImapAsync("1 SELECT Public/Inbox");

        server.Backend.SetSharedFolder("Public/Inbox", FolderRight.Read);

        Assert.Equal(["* 1 FETCH (FLAGS (\\Recent))", "2 OK Stored"], await alice.ImapAsync("2 STORE 1 +FLAGS (\\Deleted)"));
        Assert.Equal("3 NO [NOPERM] An administrator decides that", (await alice.ImapAsync("3 MOVE 1 Sent"))[^1]);
        Assert.Equal(["4 OK Expunged"], await alice.ImapAsync("4 EXPUNGE"));
        Assert.Single(server.Backend.Messages(TestServer.Bob, "Public/Inbox"));
    }
}
