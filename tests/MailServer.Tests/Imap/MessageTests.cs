using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>Messages: fetch, store, search, copy, move, expunge.</summary>
public sealed class MessageTests : ImapStories
{
    [Fact]
    public Task Fetch_answers_what_the_snapshot_knows() => PlayInboxAsync("""
        C: 3 FETCH 1:2 FAST
        S: * 1 FETCH (FLAGS (\Seen \Recent) INTERNALDATE "01-Mar-2026 12:00:00 +0000" RFC822.SIZE 144)
        S: * 2 FETCH (FLAGS (\Recent) INTERNALDATE "01-Mar-2026 12:00:00 +0000" RFC822.SIZE 24)
        S: 3 OK Fetched
        C: 4 UID FETCH 3:* (FLAGS)
        S: * 3 FETCH (UID 3 FLAGS (\Recent))
        S: 4 OK Fetched
        C: 5 UID FETCH 900:* UID
        S: * 3 FETCH (UID 3)
        S: 5 OK Fetched
        C: 6 FETCH 4 FLAGS
        S: 6 BAD There is no message with that number
        C: 7 UID FETCH 77 FLAGS
        S: 7 OK Nothing to fetch
        C: 8 LOGOUT
        S: * BYE Goodbye
        S: 8 OK Signed off
        """);

    [Fact]
    public Task Fetch_takes_messages_apart() => PlayInboxAsync("""
        C: 3 FETCH 1 (ENVELOPE BODY)
        S: * 1 FETCH (ENVELOPE ("Mon, 2 Mar 2026 10:00:00 +0100" "Hello" (("Doe, Jane" NIL "jane" "x.example")) (("Doe, Jane" NIL "jane" "x.example")) (("Doe, Jane" NIL "jane" "x.example")) ((NIL NIL "bob" "y.example")) NIL NIL NIL "<1@x>") BODY ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 14 2))
        S: 3 OK Fetched
        C: 4 FETCH 1 BODY.PEEK[HEADER.FIELDS (Subject X-None)]
        S: * 1 FETCH (BODY[HEADER.FIELDS (Subject X-None)] {18}
        S: Subject: Hello
        S:
        S: )
        S: 4 OK Fetched
        C: 5 FETCH 2 BODY[TEXT]<3.3>
        S: * 2 FETCH (FLAGS (\Seen \Recent) BODY[TEXT]<3> {3}
        S: ond)
        S: 5 OK Fetched
        C: 6 FETCH 2 BODY[]<0.7>
        S: * 2 FETCH (BODY[]<0> {7}
        S: Subject)
        S: 6 OK Fetched
        C: 7 FETCH 2 (BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[1.MIME])
        S: * 2 FETCH (BODY[1] {8}
        S: second
        S:  BODY[2] NIL BODY[1.MIME] {16}
        S: Subject: two
        S:
        S: )
        S: 7 OK Fetched
        C: 8 FETCH 3 RFC822
        S: * 3 FETCH (FLAGS (\Seen \Recent) RFC822 {25}
        S: Subject: three
        S:
        S: third
        S: )
        S: 8 OK Fetched
        C: 9 FETCH 1 BODY[0]
        S: 9 BAD Parts are numbered from 1
        C: 10 LOGOUT
        S: * BYE Goodbye
        S: 10 OK Signed off
        """);

    [Fact]
    public async Task Structures_are_told_down_to_the_message_within_the_message()
    {
        await using var server = new TestServer();
        server.Backend.Deliver(TestServer.Alice, ParserTests.Nested);
        var client = await SelectedAsync(server);
        Assert.Equal(
            "* 1 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"utf-8\") NIL NIL \"7BIT\" 12 2 NIL NIL NIL NIL)"
            + "(\"MESSAGE\" \"RFC822\" NIL NIL NIL \"7BIT\" 123 (NIL \"inner\" NIL NIL NIL NIL NIL NIL NIL NIL)"
            + " ((\"TEXT\" \"PLAIN\" NIL NIL NIL \"7BIT\" 5 1 NIL NIL NIL NIL)(\"TEXT\" \"HTML\" NIL NIL NIL \"7BIT\" 3 1 NIL NIL NIL NIL)"
            + " \"ALTERNATIVE\" (\"BOUNDARY\" \"c\") NIL NIL NIL) 11 NIL NIL NIL NIL)"
            + "(\"APPLICATION\" \"PDF\" (\"NAME\" \"x.pdf\") NIL NIL \"BASE64\" 4 NIL (\"ATTACHMENT\" (\"FILENAME\" \"x.pdf\")) NIL NIL)"
            + " \"MIXED\" (\"BOUNDARY\" \"b\") NIL NIL NIL))",
            (await client.ImapAsync("1 FETCH 1 BODYSTRUCTURE"))[0]);
    }

    [Fact]
    public async Task A_message_of_countless_parts_is_one_of_text()
    {
        await using var server = new TestServer();
        server.Backend.Deliver(
            TestServer.Alice, $"Content-Type: multipart/mixed; boundary=b\n\n{string.Concat(Enumerable.Repeat("--b\n\n\n", 50_000))}--b--\n");
        var client = await SelectedAsync(server);

        Assert.StartsWith("* 1 FETCH (BODY (\"TEXT\" \"PLAIN\"", (await client.ImapAsync("1 FETCH 1 BODY"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public Task Flags_are_stored_and_messages_expunged() => PlayInboxAsync("""
        C: 3 STORE 1:2 +FLAGS (\Deleted $Work)
        S: * 1 FETCH (FLAGS (\Deleted \Seen $Work \Recent))
        S: * 2 FETCH (FLAGS (\Deleted $Work \Recent))
        S: 3 OK Stored
        C: 4 UID STORE 2 -FLAGS.SILENT \Deleted
        S: 4 OK Stored
        C: 5 UID STORE 2 FLAGS \Flagged
        S: * 2 FETCH (UID 2 FLAGS (\Flagged \Recent))
        S: 5 OK Stored
        C: 6 SEARCH DELETED
        S: * SEARCH 1
        S: 6 OK Searched
        C: 7 EXPUNGE
        S: * 1 EXPUNGE
        S: 7 OK Expunged
        C: 8 UID SEARCH ALL
        S: * SEARCH 2 3
        S: 8 OK Searched
        C: 9 STORE 1:2 +FLAGS.SILENT \Deleted
        S: 9 OK Stored
        C: 10 UID EXPUNGE 3:9
        S: * 2 EXPUNGE
        S: 10 OK Expunged
        C: 11 CLOSE
        S: 11 OK Folder closed
        C: 12 FETCH 1 FLAGS
        S: 12 BAD Not in this state
        C: 13 STATUS INBOX (MESSAGES)
        S: * STATUS "INBOX" (MESSAGES 0)
        S: 13 OK Done
        C: 14 LOGOUT
        S: * BYE Goodbye
        S: 14 OK Signed off
        """);

    [Fact]
    public Task Messages_are_copied_and_moved() => PlayInboxAsync("""
        C: 3 COPY 1,3 Archive
        S: 3 OK [COPYUID 6 1,3 1:2] Copied
        C: 4 UID MOVE 2 Trash
        S: * OK [COPYUID 5 2 1] Moved
        S: * 2 EXPUNGE
        S: 4 OK Moved
        C: 5 COPY 1 Nowhere
        S: 5 NO [TRYCREATE] No such folder
        C: 6 MOVE 1 INBOX
        S: 6 NO [CANNOT] The messages are there already
        C: 7 UID COPY 99 Trash
        S: 7 OK Nothing to copy
        C: 8 LOGOUT
        S: * BYE Goodbye
        S: 8 OK Signed off
        """);

    [Fact]
    public Task Search_looks_at_flags_dates_headers_and_text() => PlayInboxAsync("""
        C: 3 SEARCH UNSEEN SUBJECT TWO
        S: * SEARCH 2
        S: 3 OK Searched
        C: 4 SEARCH OR (FROM jane SENTON 2-Mar-2026) TEXT third
        S: * SEARCH 1 3
        S: 4 OK Searched
        C: 5 SEARCH CHARSET UTF-8 NOT BODY {6+}
        C: second
        S: * SEARCH 1 3
        S: 5 OK Searched
        C: 6 SEARCH CHARSET KOI8-R ALL
        S: 6 NO [BADCHARSET (UTF-8)] Search in UTF-8
        C: 7 SEARCH SINCE 1-Mar-2026 BEFORE "2-Mar-2026" LARGER 24
        S: * SEARCH 1 3
        S: 7 OK Searched
        C: 8 UID SEARCH UID 2:9 NOT 3 HEADER SUBJECT ""
        S: * SEARCH 2
        S: 8 OK Searched
        C: 9 SEARCH HEADER X-NONE ""
        S: * SEARCH
        S: 9 OK Searched
        C: 10 SEARCH NONSENSE
        S: 10 BAD Unknown search key
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """);
}
