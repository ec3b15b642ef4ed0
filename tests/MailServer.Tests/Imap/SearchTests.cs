using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>ESEARCH (RFC 4731), the saved result <c>$</c> (RFC 5182), and searches that want to hurt.</summary>
public sealed class SearchTests : ImapStories
{
    [Fact]
    public Task A_search_returns_what_it_was_asked_for() => PlayInboxAsync("""
        C: 3 SEARCH RETURN (MIN MAX COUNT) UNSEEN
        S: * ESEARCH (TAG "3") MIN 2 MAX 3 COUNT 2
        S: 3 OK Searched
        C: 4 UID SEARCH RETURN () 1:2
        S: * ESEARCH (TAG "4") UID ALL 1:2
        S: 4 OK Searched
        C: 5 search return (all count) charset utf-8 not 2
        S: * ESEARCH (TAG "5") COUNT 2 ALL 1,3
        S: 5 OK Searched
        C: 6 SEARCH RETURN (MIN ALL COUNT) DRAFT
        S: * ESEARCH (TAG "6") COUNT 0
        S: 6 OK Searched
        C: 7 SEARCH RETURN (FIRST) ALL
        S: 7 BAD Unknown result option
        C: 8 SEARCH RETURN (MIN)
        S: 8 BAD A space is missing
        C: 9 SEARCH SEEN
        S: * SEARCH 1
        S: 9 OK Searched
        C: 10 LOGOUT
        S: * BYE Goodbye
        S: 10 OK Signed off
        """);

    [Fact]
    public Task A_saved_result_stands_for_its_messages() => PlayInboxAsync("""
        C: 3 FETCH $ UID
        S: 3 OK Nothing to fetch
        C: 4 SEARCH RETURN (SAVE) UNSEEN
        S: 4 OK Searched
        C: 5 FETCH $ UID
        S: * 2 FETCH (UID 2)
        S: * 3 FETCH (UID 3)
        S: 5 OK Fetched
        C: 6 UID SEARCH RETURN (SAVE COUNT) UID $ SUBJECT three
        S: * ESEARCH (TAG "6") UID COUNT 1
        S: 6 OK Searched
        C: 7 UID STORE $ +FLAGS.SILENT \Deleted
        S: 7 OK Stored
        C: 8 SEARCH RETURN (MIN MAX SAVE) ALL
        S: * ESEARCH (TAG "8") MIN 1 MAX 3
        S: 8 OK Searched
        C: 9 UID COPY $ Archive
        S: 9 OK [COPYUID … 1,3 1:2] Copied
        C: 10 UID EXPUNGE $
        S: * 3 EXPUNGE
        S: 10 OK Expunged
        C: 11 SEARCH $
        S: * SEARCH 1
        S: 11 OK Searched
        C: 12 SEARCH OR $ NOT $
        S: * SEARCH 1 2
        S: 12 OK Searched
        C: 13 SEARCH RETURN (SAVE) CHARSET KOI8-R ALL
        S: 13 NO [BADCHARSET (UTF-8)] Search in UTF-8
        C: 14 SEARCH $
        S: * SEARCH
        S: 14 OK Searched
        C: 15 SEARCH RETURN (SAVE) ALL
        S: 15 OK Searched
        C: 16 SEARCH RETURN (SAVE) NONSENSE
        S: 16 BAD Unknown search key
        C: 17 SEARCH $
        S: * SEARCH 1 2
        S: 17 OK Searched
        C: 18 EXAMINE INBOX
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 2 EXISTS
        S: * 0 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 18 OK [READ-ONLY] Folder is open
        C: 19 SEARCH $
        S: * SEARCH
        S: 19 OK Searched
        C: 20 LOGOUT
        S: * BYE Goodbye
        S: 20 OK Signed off
        """);

    [Fact]
    public async Task Messages_are_found_by_their_age()
    {
        await using var server = new TestServer();
        server.Backend.Deliver(TestServer.Alice, "Subject: old\n\n");
        server.Clock.Advance(TimeSpan.FromMinutes(1));
        server.Backend.Deliver(TestServer.Alice, "Subject: new\n\n");
        server.Clock.Advance(TimeSpan.FromSeconds(30));
        var client = await SelectedAsync(server);

        Assert.Equal("* SEARCH 1", (await client.ImapAsync("1 SEARCH OLDER 31"))[0]);
        Assert.Equal("* SEARCH 2", (await client.ImapAsync("2 SEARCH YOUNGER 30"))[0]);
        Assert.Equal("* SEARCH 1 2", (await client.ImapAsync("3 SEARCH OLDER 30"))[0]);
        Assert.Equal("* SEARCH", (await client.ImapAsync("4 SEARCH OLDER 4294967295"))[0]);
        Assert.Equal("5 BAD Now is no age", (await client.ImapAsync("5 SEARCH YOUNGER 0"))[0]);
    }

    [Fact]
    public Task Searches_that_want_to_hurt_are_refused() => PlayInboxAsync($"""
        C: 3 SEARCH {string.Concat(Enumerable.Repeat("NOT ", 2_000))}ALL
        S: 3 BAD The search is nested too deeply
        C: 4 SEARCH {new string('(', 2_000)}ALL
        S: 4 BAD The search is nested too deeply
        C: 5 SEARCH {string.Join(' ', Enumerable.Repeat("ALL", 600))}
        S: 5 BAD The search has too many keys
        C: 6 SEARCH {string.Join(',', Enumerable.Range(1, 300).Select(n => $"{n * 3}:{n * 3 - 2},4294967295"))}
        S: * SEARCH 1 2 3
        S: 6 OK Searched
        C: 7 LOGOUT
        S: * BYE Goodbye
        S: 7 OK Signed off
        """);
}
