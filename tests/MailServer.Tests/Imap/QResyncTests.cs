using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>QRESYNC (RFC 7162, 3.2): a client that was here before is brought up to date by its SELECT.</summary>
public sealed class QResyncTests : ImapStories
{
    private const string Enabled = """
        C: 2 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: 2 OK Done

        """;

    /// <summary>Ten messages (MODSEQ 2 to 11); 2, 3 and 7 are gone (12 to 14); 5 is flagged (15).</summary>
    private static Task PlayAfterChangesAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, SignIn + Enabled + text, server =>
    {
        for (var n = 0; n < 10; n++)
            server.Backend.Deliver(TestServer.Alice, "Subject: x\n\n");
        server.Backend.Change(TestServer.Alice, [5], [2, 3, 7]);
    });

    private static string Opened(int known) => """
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS (…)] Flags that stay
        S: * 7 EXISTS
        S: * 7 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 11] Next UID
        S: * OK [HIGHESTMODSEQ 15] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed

        """.Replace("HIGHESTMODSEQ 15", $"HIGHESTMODSEQ {known}", StringComparison.Ordinal);

    [Theory]
    [InlineData("(1 11)", "2:3,7", true)]
    [InlineData("(1 12)", "3,7", true)]
    [InlineData("(1 14)", "", true)]
    [InlineData("(1 15)", "", false)]
    [InlineData("(1 99)", "", false)]
    [InlineData("(2 11)", "", false)]
    [InlineData("(1 11 1:4)", "2:3", false)]
    [InlineData("(1 11 3,5,7:20)", "3,7", true)]
    [InlineData("(1 11 1:10 (1,2,5 1,4,8))", "", true)]
    [InlineData("(1 11 1:10 (1,2 1,4))", "7", true)]
    [InlineData("(1 11 1:10 (1,4 1,4))", "2:3,7", true)]
    [InlineData("(1 11 (2 4))", "7", true)]
    [InlineData("(1 11 (1:4294967295 1:4294967295))", "2:3,7", true)]
    public Task Select_tells_what_vanished_and_what_changed(string known, string vanished, bool flagged) => PlayAfterChangesAsync(
        $"C: 3 SELECT INBOX (QRESYNC {known})\n" + Opened(15)
        + (vanished.Length > 0 ? $"S: * VANISHED (EARLIER) {vanished}\n" : "")
        + (flagged ? "S: * 3 FETCH (UID 5 FLAGS (\\Flagged \\Recent) MODSEQ (15))\n" : "")
        + """
            S: 3 OK [READ-WRITE] Folder is open
            C: 4 LOGOUT
            S: * BYE Goodbye
            S: 4 OK Signed off
            """);

    [Theory]
    [InlineData("QRESYNC 1 11")]
    [InlineData("QRESYNC (1)")]
    [InlineData("QRESYNC (1 11 1:*)")]
    [InlineData("QRESYNC (1 11 $)")]
    [InlineData("QRESYNC (1 11 1:3 1:4)")]
    [InlineData("QRESYNC (1 11 1:3 (1))")]
    [InlineData("QRESYNC (1 11 (1 1) (1 1))")]
    [InlineData("QRESYNC (1 99999999999999999999)")]
    public Task What_is_no_memory_of_a_folder_is_refused(string parameter) => PlayAfterChangesAsync($"""
        C: 3 SELECT INBOX ({parameter})
        S: 3 BAD …
        C: 4 LOGOUT
        S: * BYE Goodbye
        S: 4 OK Signed off
        """);

    [Fact]
    public Task Expunges_are_told_by_uid_and_fetch_may_ask_for_earlier_ones() => PlayAfterChangesAsync("C: 3 SELECT INBOX (CONDSTORE)\n" + Opened(15) + """
        S: 3 OK [READ-WRITE] Folder is open
        C: 4 STORE 1:2 +FLAGS.SILENT \Deleted
        S: * 1 FETCH (UID 1 MODSEQ (16))
        S: * 2 FETCH (UID 4 MODSEQ (16))
        S: 4 OK Stored
        C: 5 EXPUNGE
        S: * VANISHED 1,4
        S: 5 OK [HIGHESTMODSEQ 17] Expunged
        C: 6 EXPUNGE
        S: 6 OK Expunged
        C: 7 UID FETCH 1:* FLAGS (CHANGEDSINCE 14 VANISHED)
        S: * VANISHED (EARLIER) 1,4
        S: * 1 FETCH (UID 5 MODSEQ (15) FLAGS (\Flagged \Recent))
        S: 7 OK Fetched
        C: 8 UID FETCH 1:3 FLAGS (CHANGEDSINCE 11 VANISHED)
        S: * VANISHED (EARLIER) 1:3
        S: 8 OK Nothing to fetch
        C: 9 UID FETCH 1:* FLAGS (VANISHED)
        S: 9 BAD VANISHED is for UID FETCH with CHANGEDSINCE, after ENABLE QRESYNC
        C: 10 FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
        S: 10 BAD VANISHED is for UID FETCH with CHANGEDSINCE, after ENABLE QRESYNC
        C: 11 UID MOVE 5:6 Trash
        S: * OK [COPYUID … 5:6 1:2] Moved
        S: * VANISHED 5:6
        S: 11 OK [HIGHESTMODSEQ 18] Moved
        C: 12 UID STORE 10 +FLAGS.SILENT \Deleted
        S: * 3 FETCH (UID 10 MODSEQ (19))
        S: 12 OK Stored
        C: 13 UID EXPUNGE 9:10
        S: * VANISHED 10
        S: 13 OK [HIGHESTMODSEQ 20] Expunged
        C: 14 UID FETCH 1:* FLAGS (CHANGEDSINCE 19 VANISHED)
        S: * VANISHED (EARLIER) 10
        S: 14 OK Nothing to fetch
        C: 15 UID STORE 9 +FLAGS.SILENT \Deleted
        S: * 2 FETCH (UID 9 MODSEQ (21))
        S: 15 OK Stored
        C: 16 CLOSE
        S: 16 OK [HIGHESTMODSEQ 22] Folder closed
        C: 17 SELECT INBOX (QRESYNC (1 21 1:20))
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS (…)] Flags that stay
        S: * 1 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 1] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 11] Next UID
        S: * OK [HIGHESTMODSEQ 22] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: * VANISHED (EARLIER) 9
        S: 17 OK [READ-WRITE] Folder is open
        C: 18 SELECT Nowhere
        S: * OK [CLOSED] The folder before is left
        S: 18 NO [NONEXISTENT] No such folder
        C: 19 LOGOUT
        S: * BYE Goodbye
        S: 19 OK Signed off
        """);

    [Fact]
    public async Task Idle_and_noop_tell_expunges_of_others_by_uid_and_never_under_a_fetch()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SignedInAsync(server);
        await one.ImapAsync("1 ENABLE QRESYNC");
        await one.ImapAsync("2 SELECT INBOX");
        var two = await SelectedAsync(server);

        await two.ImapAsync("3 STORE 1 +FLAGS (\\Deleted)");
        await two.ImapAsync("4 EXPUNGE");
        Assert.DoesNotContain(await one.ImapAsync("5 FETCH 2:3 UID"), line => line.StartsWith("* VANISHED", StringComparison.Ordinal));
        // It is still in this client's list, so it is no news of earlier times.
        Assert.DoesNotContain(
            await one.ImapAsync("6 UID FETCH 9 (FLAGS) (CHANGEDSINCE 1 VANISHED)"), line => line.Contains("EARLIER", StringComparison.Ordinal));
        await one.ImapAsync("7 NOOP");
        await two.ImapAsync("8 STORE 1 +FLAGS (\\Deleted)");
        await one.ImapAsync("9 NOOP");
        await one.AskAsync("10 IDLE");
        await two.ImapAsync("11 EXPUNGE");
        Assert.Equal("* VANISHED 2", await one.ReadLineAsync());
    }

    [Fact]
    public async Task A_client_that_was_away_longer_than_the_store_remembers_compares_everything()
    {
        await using var server = new TestServer();
        server.Backend.RememberedExpunges = 2;
        for (var n = 0; n < 10; n++)
            server.Backend.Deliver(TestServer.Alice, "Subject: x\n\n");
        var open = await SignedInAsync(server);
        await open.ImapAsync("1 ENABLE QRESYNC");
        await open.ImapAsync("2 SELECT INBOX");
        server.Backend.Change(TestServer.Alice, [], [2, 3, 7]);

        // Of what is forgotten the session that was there all the time hears as well as of the rest.
        Assert.Equal(["* VANISHED 2:3,7", "3 OK Done"], await open.ImapAsync("3 NOOP"));
        var back = await SignedInAsync(server);
        await back.ImapAsync("1 ENABLE QRESYNC");
        Assert.Contains("* VANISHED (EARLIER) 2:3,7", await back.ImapAsync("2 SELECT INBOX (QRESYNC (1 5))"));
        await back.ImapAsync("3 UNSELECT");
        Assert.Contains("* VANISHED (EARLIER) 7", await back.ImapAsync("4 SELECT INBOX (QRESYNC (1 13))"));
    }

    [Fact]
    public async Task Closing_says_no_more_than_the_client_was_told()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SignedInAsync(server);
        await one.ImapAsync("1 ENABLE QRESYNC");
        await one.ImapAsync("2 SELECT INBOX");
        await one.ImapAsync("3 STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.ImapAsync("4 NOOP");
        server.Backend.Change(TestServer.Alice, [2], []);

        Assert.Equal(["5 OK [HIGHESTMODSEQ 5] Folder closed"], await one.ImapAsync("5 CLOSE"));
    }
}
