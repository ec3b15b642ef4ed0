using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>CONDSTORE (RFC 7162, 3.1): changes have numbers.</summary>
public sealed class CondStoreTests : ImapStories
{
    [Fact]
    public Task Nobody_hears_of_numbers_who_did_not_ask() => PlayInboxAsync("""
        C: 3 STORE 1 +FLAGS \Flagged
        S: * 1 FETCH (FLAGS (\Flagged \Seen \Recent))
        S: 3 OK Stored
        C: 4 STORE 1 -FLAGS.SILENT \Flagged
        S: 4 OK Stored
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """);

    [Fact]
    public Task Numbers_are_told_after_enable_and_where_they_are_asked_for() => PlayInboxAsync("""
        C: 3 ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: * OK [HIGHESTMODSEQ 4] Changes have numbers
        S: 3 OK Done
        C: 4 FETCH 1:* MODSEQ
        S: * 1 FETCH (MODSEQ (2))
        S: * 2 FETCH (MODSEQ (3))
        S: * 3 FETCH (MODSEQ (4))
        S: 4 OK Fetched
        C: 5 STORE 1 +FLAGS \Flagged
        S: * 1 FETCH (FLAGS (\Flagged \Seen \Recent) MODSEQ (5))
        S: 5 OK Stored
        C: 6 UID STORE 2 +FLAGS.SILENT \Answered
        S: * 2 FETCH (UID 2 MODSEQ (6))
        S: 6 OK Stored
        C: 7 UID FETCH 1:* FLAGS (CHANGEDSINCE 4)
        S: * 1 FETCH (UID 1 MODSEQ (5) FLAGS (\Flagged \Seen \Recent))
        S: * 2 FETCH (UID 2 MODSEQ (6) FLAGS (\Answered \Recent))
        S: 7 OK Fetched
        C: 8 FETCH 1:* (UID) (CHANGEDSINCE 6)
        S: 8 OK Nothing to fetch
        C: 9 SEARCH MODSEQ 4
        S: * SEARCH 1 2 3 (MODSEQ 6)
        S: 9 OK Searched
        C: 10 SEARCH MODSEQ "/flags/\\draft" all 6
        S: * SEARCH 2 (MODSEQ 6)
        S: 10 OK Searched
        C: 11 SEARCH MODSEQ 99
        S: * SEARCH
        S: 11 OK Searched
        C: 12 SEARCH RETURN (MIN) MODSEQ 3
        S: * ESEARCH (TAG "12") MIN 1 MODSEQ 5
        S: 12 OK Searched
        C: 13 UID SEARCH RETURN (ALL MAX) MODSEQ 3
        S: * ESEARCH (TAG "13") UID MAX 3 ALL 1:3 MODSEQ 6
        S: 13 OK Searched
        C: 14 STATUS Sent (HIGHESTMODSEQ)
        S: * STATUS "Sent" (HIGHESTMODSEQ 1)
        S: 14 OK Done
        C: 15 FETCH 3 BODY[TEXT]
        S: * 3 FETCH (FLAGS (\Seen \Recent) BODY[TEXT] {7}
        S: third
        S:  MODSEQ (7))
        S: 15 OK Fetched
        C: 16 FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
        S: 16 BAD VANISHED is for UID FETCH with CHANGEDSINCE, after ENABLE QRESYNC
        C: 17 FETCH 1 FLAGS (CHANGED 1)
        S: 17 BAD Unknown modifier
        C: 18 LOGOUT
        S: * BYE Goodbye
        S: 18 OK Signed off
        """);

    [Fact]
    public Task A_conditional_store_leaves_alone_what_changed() => PlayInboxAsync("""
        C: 3 STORE 2 +FLAGS.SILENT \Flagged
        S: 3 OK Stored
        C: 4 STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT \Deleted
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * 1 FETCH (MODSEQ (6))
        S: * 2 FETCH (FLAGS (\Flagged \Recent) MODSEQ (5))
        S: * 3 FETCH (MODSEQ (6))
        S: 4 OK [MODIFIED 2] Some had changed and were left alone
        C: 5 UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS \Seen
        S: * 1 FETCH (UID 1 FLAGS (\Deleted \Seen \Recent) MODSEQ (6))
        S: * 2 FETCH (UID 2 FLAGS (\Flagged \Recent) MODSEQ (5))
        S: * 3 FETCH (UID 3 FLAGS (\Deleted \Recent) MODSEQ (6))
        S: 5 OK [MODIFIED 1:3] Some had changed and were left alone
        C: 6 STORE 1 (UNTIL 1) FLAGS \Seen
        S: 6 BAD Unknown modifier
        C: 7 LOGOUT
        S: * BYE Goodbye
        S: 7 OK Signed off
        """);

    [Fact]
    public Task Select_may_ask_for_them() => PlayAsync("""
        C: 2 EXAMINE INBOX (CONDSTORE)
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ 4] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-ONLY] Folder is open
        C: 3 ENABLE CONDSTORE
        S: * ENABLED CONDSTORE
        S: 3 OK Done
        C: 4 SELECT INBOX (NONSENSE)
        S: 4 BAD Unknown parameter
        C: 5 SELECT INBOX (QRESYNC (1 2))
        S: 5 BAD ENABLE QRESYNC first
        C: 6 FETCH 1 FLAGS
        S: * 1 FETCH (FLAGS (…))
        S: 6 OK Fetched
        C: 7 LOGOUT
        S: * BYE Goodbye
        S: 7 OK Signed off
        """);

    [Fact]
    public async Task Changes_of_others_are_told_with_their_numbers_and_a_silent_store_does_not_hide_them()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SelectedAsync(server);
        var two = await SelectedAsync(server);
        await one.ImapAsync("1 ENABLE CONDSTORE");

        await two.ImapAsync("2 STORE 1 +FLAGS (\\Flagged)");
        Assert.Equal(["* 1 FETCH (UID 1 FLAGS (\\Flagged \\Seen \\Recent) MODSEQ (5))", "3 OK Done"], await one.ImapAsync("3 NOOP"));

        await one.AskAsync("4 IDLE");
        await two.ImapAsync("5 STORE 1 -FLAGS (\\Flagged)");
        Assert.Equal("* 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (6))", await one.ReadLineAsync());
        await one.AskAsync("DONE");

        await two.ImapAsync("6 STORE 2 +FLAGS ($Work)");
        Assert.Equal(
            ["* 2 FETCH (FLAGS (\\Answered $Work \\Recent) MODSEQ (8))", "7 OK Stored"],
            await one.ImapAsync("7 STORE 2 +FLAGS.SILENT \\Answered"));
    }
}
