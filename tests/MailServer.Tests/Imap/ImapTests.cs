using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>What an IMAP client may do, as conversations.</summary>
public sealed class ImapTests
{
    private const string Message = "From: \"Doe, Jane\" <jane@x.example>\nTo: bob@y.example\nSubject: Hello\nDate: Mon, 2 Mar 2026 10:00:00 +0100\nMessage-ID: <1@x>\n\nHello\nworld\n";

    private const string SignIn = """
        S: * OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR ID ENABLE AUTH=PLAIN AUTH=LOGIN] mail.contoso.example IMAP4 ready
        C: 1 LOGIN alice@contoso.example "correct horse"
        S: 1 OK [CAPABILITY IMAP4rev1 …] Signed in

        """;

    private const string OpenInbox = SignIn + """
        C: 2 SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: 2 OK [READ-WRITE] Folder is open

        """;

    private static void ThreeMessages(TestServer server)
    {
        server.Backend.Deliver(TestServer.Alice, Message, flags: MessageFlags.Seen);
        server.Backend.Deliver(TestServer.Alice, "Subject: two\n\nsecond\n");
        server.Backend.Deliver(TestServer.Alice, "Subject: three\n\nthird\n");
    }

    private static Task PlayAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, SignIn + text, ThreeMessages);

    private static Task PlayInboxAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, OpenInbox + text, ThreeMessages);

    [Fact]
    public Task Before_tls_nothing_signs_in_whatever_the_command() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR ID ENABLE STARTTLS LOGINDISABLED] mail.contoso.example IMAP4 ready
        C: 1 LOGIN alice@contoso.example "correct horse"
        S: 1 NO [PRIVACYREQUIRED] Encryption first: STARTTLS
        C: 2 AUTHENTICATE PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 2 NO [PRIVACYREQUIRED] Encryption first: STARTTLS
        C: 3 SELECT INBOX
        S: 3 BAD Sign in first
        C: 4 LOGOUT
        S: * BYE Goodbye
        S: 4 OK Signed off
        """, secure: false);

    [Fact]
    public Task Sasl_signs_in_with_and_without_an_initial_response() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 AUTHENTICATE PLAIN
        S: +…
        C: *
        S: 1 BAD Cancelled
        C: 2 AUTHENTICATE CRAM-MD5
        S: 2 NO [CANNOT] Unknown mechanism
        C: 3 AUTHENTICATE LOGIN
        S: + VXNlcm5hbWU6
        C: YWxpY2VAY29udG9zby5leGFtcGxl
        S: + UGFzc3dvcmQ6
        C: d3Jvbmc=
        S: 3 NO [AUTHENTICATIONFAILED] Wrong user name or password
        C: 4 AUTHENTICATE PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 4 OK [CAPABILITY IMAP4rev1 …] Signed in
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """);

    [Fact]
    public Task A_login_may_come_as_literals_both_kinds() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 LOGIN {21}
        S: + Go on
        C: alice@contoso.example {13+}
        C: correct horse
        S: 1 OK [CAPABILITY …] Signed in
        C: 2 LOGOUT
        S: * BYE Goodbye
        S: 2 OK Signed off
        """);

    [Fact]
    public Task A_switched_off_protocol_gives_its_reason_after_the_right_password_only() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 LOGIN alice@contoso.example wrong
        S: 1 NO [AUTHENTICATIONFAILED] Wrong user name or password
        C: 2 LOGIN alice@contoso.example "correct horse"
        S: 2 NO [CONTACTADMIN] IMAP4 is switched off. Désactivé.
        C: 3 LOGIN alice@contoso.example "correct horse"
        S: 3 NO [CONTACTADMIN] IMAP4 is switched off. Désactivé.
        S: * BYE Too many failed sign-ins
        """, server => server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Imap, "IMAP4 is switched off. Désactivé."));

    [Fact]
    public Task Folders_are_listed_with_their_uses() => PlayAsync("""
        C: 2 LIST "" ""
        S: * LIST (\Noselect) "/" ""
        S: 2 OK Done
        C: 3 CREATE inbox/Work/
        S: 3 OK Folder created
        C: 4 LIST "" %
        S: * LIST (\HasChildren) "/" "INBOX"
        S: * LIST (\HasNoChildren \Archive) "/" "Archive"
        S: * LIST (\HasNoChildren \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Junk) "/" "Junk"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: * LIST (\HasNoChildren \Trash) "/" "Trash"
        S: 4 OK Done
        C: 5 LIST "" (Inbox* S%t)
        S: * LIST (\HasChildren) "/" "INBOX"
        S: * LIST (\HasNoChildren) "/" "INBOX/Work"
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: 5 OK Done
        C: 6 LIST (SPECIAL-USE) "" S* RETURN (STATUS (MESSAGES UIDNEXT))
        S: * LIST (\HasNoChildren \Sent) "/" "Sent"
        S: * STATUS "Sent" (MESSAGES 0 UIDNEXT 1)
        S: 6 OK Done
        C: 7 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (CHILDREN)
        S: * LIST (\HasChildren \Subscribed) "/" "INBOX"
        S: * LIST (\HasNoChildren \Subscribed \Archive) "/" "Archive"
        S: * LIST (\HasNoChildren \Subscribed \Drafts) "/" "Drafts"
        S: * LIST (\HasNoChildren \Subscribed \Junk) "/" "Junk"
        S: * LIST (\HasNoChildren \Subscribed \Sent) "/" "Sent"
        S: * LIST (\HasNoChildren \Subscribed \Trash) "/" "Trash"
        S: 7 OK Done
        C: 8 LIST (RECURSIVEMATCH) "" *
        S: 8 BAD RECURSIVEMATCH needs SUBSCRIBED
        C: 9 STATUS INBOX (MESSAGES UNSEEN RECENT UIDVALIDITY UIDNEXT SIZE)
        S: * STATUS "INBOX" (MESSAGES 3 UNSEEN 2 RECENT 3 UIDVALIDITY 1 UIDNEXT 4 SIZE 193)
        S: 9 OK Done
        C: 10 NAMESPACE
        S: * NAMESPACE (("" "/")) NIL NIL
        S: 10 OK Done
        C: 11 LOGOUT
        S: * BYE Goodbye
        S: 11 OK Signed off
        """);

    [Fact]
    public Task Folders_are_created_subscribed_renamed_and_deleted() => PlayAsync("""
        C: 2 CREATE "Entw&APw-rfe/a"
        S: 2 OK Folder created
        C: 3 CREATE "Entw&APw-rfe"
        S: 3 NO [ALREADYEXISTS] The folder exists already
        C: 4 SUBSCRIBE "Entw&APw-rfe/a"
        S: 4 OK Done
        C: 5 LSUB "" E%
        S: * LSUB (\Noselect) "/" "Entw&APw-rfe"
        S: 5 OK Done
        C: 6 LSUB "" E*
        S: * LSUB () "/" "Entw&APw-rfe/a"
        S: 6 OK Done
        C: 7 DELETE "Entw&APw-rfe"
        S: 7 NO [HASCHILDREN] There are folders below it
        C: 8 RENAME "Entw&APw-rfe" Neu/b
        S: 8 OK Folder renamed
        C: 9 LIST "" N*
        S: * LIST (\HasChildren) "/" "Neu"
        S: * LIST (\HasChildren) "/" "Neu/b"
        S: * LIST (\HasNoChildren) "/" "Neu/b/a"
        S: 9 OK Done
        C: 10 DELETE Neu/b/a
        S: 10 OK Folder deleted
        C: 11 DELETE Neu/b/a
        S: 11 NO [NONEXISTENT] No such folder
        C: 12 DELETE inbox
        S: 12 NO [CANNOT] INBOX cannot be deleted
        C: 13 CREATE "bad//name"
        S: 13 NO [CANNOT] Not a folder name that can be used here
        C: 14 CREATE "b&AGE-d"
        S: 14 NO [CANNOT] Not a folder name that can be used here
        C: 15 RENAME Neu Neu/c
        S: 15 NO [CANNOT] Not a folder name that can be used here
        C: 16 RENAME INBOX Old
        S: 16 OK Folder renamed
        C: 17 STATUS Old (MESSAGES)
        S: * STATUS "Old" (MESSAGES 3)
        S: 17 OK Done
        C: 18 SELECT Nowhere
        S: 18 NO [NONEXISTENT] No such folder
        C: 19 LOGOUT
        S: * BYE Goodbye
        S: 19 OK Signed off
        """);

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
    public Task Examine_changes_nothing() => PlayAsync("""
        C: 2 EXAMINE INBOX
        S: * FLAGS (…)
        S: * OK [PERMANENTFLAGS ()] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: 2 OK [READ-ONLY] Folder is open
        C: 3 STORE 1 +FLAGS \Deleted
        S: 3 NO [NOPERM] The folder is open for reading only
        C: 4 EXPUNGE
        S: 4 NO [NOPERM] The folder is open for reading only
        C: 5 MOVE 1 Trash
        S: 5 NO [NOPERM] The folder is open for reading only
        C: 6 FETCH 2 RFC822.TEXT
        S: * 2 FETCH (RFC822.TEXT {8}
        S: second
        S: )
        S: 6 OK Fetched
        C: 7 UNSELECT
        S: 7 OK Folder left
        C: 8 STATUS INBOX (RECENT UNSEEN)
        S: * STATUS "INBOX" (RECENT 3 UNSEEN 2)
        S: 8 OK Done
        C: 9 LOGOUT
        S: * BYE Goodbye
        S: 9 OK Signed off
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
    public Task Messages_are_appended_one_or_several() => PlayInboxAsync("""
        C: 3 APPEND INBOX (\Seen $X) "02-Mar-2026 10:20:30 +0100" {18}
        S: + Go on
        C: Subject: new
        C:
        C: hi
        S: * 4 EXISTS
        S: * 4 RECENT
        S: 3 OK [APPENDUID 1 4] Stored
        C: 4 FETCH 4 (FLAGS INTERNALDATE RFC822.SIZE)
        S: * 4 FETCH (FLAGS (\Seen $X \Recent) INTERNALDATE "02-Mar-2026 10:20:30 +0100" RFC822.SIZE 18)
        S: 4 OK Fetched
        C: 5 APPEND {6+}
        C: Drafts {4+}
        C: A: b (\Draft) {5+}
        C: A: cc
        S: 5 OK [APPENDUID 3 1:2] Stored
        C: 6 APPEND Nowhere {4+}
        C: A: b
        S: 6 NO [TRYCREATE] No such folder
        C: 7 APPEND INBOX {99999999999}
        S: 7 NO [TOOBIG] A message may have 52428800 octets
        C: 8 APPEND INBOX
        S: 8 BAD …
        C: 9 LOGOUT
        S: * BYE Goodbye
        S: 9 OK Signed off
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

    [Fact]
    public async Task Changes_of_others_are_told_and_expunges_wait_for_a_command_that_allows_them()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SelectedAsync(server);
        var two = await SelectedAsync(server);

        await two.ImapAsync("1 STORE 1 +FLAGS (\\Deleted)");
        await two.ImapAsync("2 EXPUNGE");
        server.Backend.Deliver(TestServer.Alice, "Subject: four\n\n");
        await two.ImapAsync("3 UID STORE 3 +FLAGS (\\Flagged)");

        Assert.Equal(
            ["* 3 FETCH (FLAGS (\\Recent))", "* 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent))", "* 4 EXISTS", "* 4 RECENT", "4 OK Fetched"],
            await one.ImapAsync("4 FETCH 3 FLAGS"));
        Assert.Equal(["* 1 EXPUNGE", "5 OK Done"], await one.ImapAsync("5 NOOP"));
        Assert.Equal(["* SEARCH 1 2 3", "6 OK Searched"], await one.ImapAsync("6 SEARCH ALL"));
    }

    [Fact]
    public async Task A_message_that_is_gone_cannot_be_fetched_and_the_client_is_told()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SelectedAsync(server);
        var two = await SelectedAsync(server);
        await two.ImapAsync("1 STORE 2 +FLAGS (\\Deleted)");
        await two.ImapAsync("2 EXPUNGE");

        var answer = await one.ImapAsync("3 FETCH 2:3 BODY.PEEK[TEXT]");
        Assert.Equal("* 3 FETCH (BODY[TEXT] {7}", answer[0]);
        Assert.Equal("3 NO [EXPUNGEISSUED] Some of the messages were expunged", answer[^1]);
    }

    [Fact]
    public async Task Idle_tells_of_arrivals_flags_and_expunges_at_once()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var one = await SelectedAsync(server);
        var two = await SelectedAsync(server);
        Assert.Equal("+ idling", await one.AskAsync("1 IDLE"));

        server.Backend.Deliver(TestServer.Alice, "Subject: four\n\n");
        Assert.Equal("* 4 EXISTS", await one.ReadLineAsync());
        Assert.Equal("* 4 RECENT", await one.ReadLineAsync());
        await two.ImapAsync("1 STORE 2 +FLAGS (\\Deleted)");
        Assert.Equal("* 2 FETCH (UID 2 FLAGS (\\Deleted \\Recent))", await one.ReadLineAsync());
        await two.ImapAsync("2 EXPUNGE");
        Assert.Equal("* 2 EXPUNGE", await one.ReadLineAsync());

        Assert.Equal("1 OK Idle is over", await one.AskAsync("done"));
    }

    [Fact]
    public async Task Switching_off_ends_an_idle_session_at_once()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var client = await SelectedAsync(server);
        await client.AskAsync("1 IDLE");

        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Imap, "IMAP4 is switched off.");

        Assert.Equal("* BYE IMAP4 is switched off.", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task A_folder_deleted_under_a_client_ends_its_connection()
    {
        await using var server = new TestServer();
        var one = await SignedInAsync(server);
        await one.ImapAsync("1 CREATE X");
        await one.ImapAsync("2 SELECT X");
        var two = await SignedInAsync(server);
        await two.ImapAsync("1 DELETE X");

        await one.LineAsync("3 NOOP");
        Assert.Equal(["* BYE The selected folder was deleted", "3 OK Done"], await one.ReadToEndAsync());
    }

    [Fact]
    public async Task A_store_that_is_away_is_a_temporary_error_and_comes_back()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var client = await SelectedAsync(server);
        server.Backend.IsDown = true;
        Assert.Equal(["1 NO [UNAVAILABLE] The mailbox is not available now"], await client.ImapAsync("1 FETCH 1 BODY[]"));
        Assert.Equal(["* 1 FETCH (FLAGS (\\Seen \\Recent))", "2 OK Fetched"], await client.ImapAsync("2 FETCH 1 FLAGS"));
        Assert.Equal(["3 NO [UNAVAILABLE] The mailbox is not available now"], await client.ImapAsync("3 APPEND INBOX {4+}\r\nA: b"));

        server.Backend.IsDown = false;
        Assert.Equal("4 OK Fetched", (await client.ImapAsync("4 FETCH 1 BODY[]"))[^1]);
    }

    [Fact]
    public async Task The_mailbox_has_a_limit_of_connections()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsPerMailbox = 2);
        await SignedInAsync(server);
        var second = await SignedInAsync(server);
        var third = server.Connect(MailProtocol.Imap);
        await third.ReadLineAsync();
        Assert.Equal(
            ["1 NO [LIMIT] Too many attempts or connections, try again later"],
            await third.ImapAsync("1 LOGIN alice@contoso.example \"correct horse\""));

        await second.LineAsync("9 LOGOUT");
        await second.Closed;
        Assert.StartsWith("2 OK", (await third.ImapAsync("2 LOGIN alice@contoso.example \"correct horse\""))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_has_a_limit_of_connections_and_other_addresses_go_on()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsPerAddress = 2);
        var clients = new[] { server.Connect(MailProtocol.Imap, secure: false), server.Connect(MailProtocol.Pop3, secure: false) };
        Assert.StartsWith("* OK", await clients[0].ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("* BYE [LIMIT] Too many connections", await server.Connect(MailProtocol.Imap, secure: false).ReadLineAsync());
        Assert.StartsWith("* OK", await server.Connect(MailProtocol.Imap, secure: false, from: "192.0.2.2").ReadLineAsync(), StringComparison.Ordinal);

        await clients[1].HangUpAsync();
        await clients[1].Closed;
        Assert.StartsWith("* OK", await server.Connect(MailProtocol.Imap, secure: false).ReadLineAsync(), StringComparison.Ordinal);
    }

    private static async Task<TestClient> SignedInAsync(TestServer server)
    {
        var client = server.Connect(MailProtocol.Imap);
        await client.ReadLineAsync();
        Assert.StartsWith("0 OK", (await client.ImapAsync("0 LOGIN alice@contoso.example \"correct horse\""))[0], StringComparison.Ordinal);
        return client;
    }

    private static async Task<TestClient> SelectedAsync(TestServer server)
    {
        var client = await SignedInAsync(server);
        Assert.EndsWith("Folder is open", (await client.ImapAsync("0 SELECT INBOX"))[^1], StringComparison.Ordinal);
        return client;
    }
}
