using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>Beginnings that IMAP conversations share.</summary>
public abstract class ImapStories
{
    private protected const string Message =
        "From: \"Doe, Jane\" <jane@x.example>\nTo: bob@y.example\nSubject: Hello\nDate: Mon, 2 Mar 2026 10:00:00 +0100\nMessage-ID: <1@x>\n\nHello\nworld\n";

    private protected const string SignIn = """
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- SASL-IR ID ENABLE AUTH=SCRAM-SHA-256 AUTH=PLAIN AUTH=LOGIN] mail.contoso.example IMAP4 ready
        C: 1 LOGIN alice@contoso.example "correct horse"
        S: 1 OK [CAPABILITY IMAP4rev1 …] Signed in

        """;

    private protected const string OpenInbox = SignIn + """
        C: 2 SELECT inbox
        S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
        S: * OK [PERMANENTFLAGS (\Answered \Flagged \Deleted \Seen \Draft \*)] Flags that stay
        S: * 3 EXISTS
        S: * 3 RECENT
        S: * OK [UNSEEN 2] First unseen message
        S: * OK [UIDVALIDITY 1] UIDs are valid
        S: * OK [UIDNEXT 4] Next UID
        S: * OK [HIGHESTMODSEQ …] Changes have numbers
        S: * OK [MAILBOXID (F…)] Stays when the folder is renamed
        S: 2 OK [READ-WRITE] Folder is open

        """;

    private protected static void ThreeMessages(TestServer server)
    {
        server.Backend.Deliver(TestServer.Alice, Message, flags: MessageFlags.Seen);
        server.Backend.Deliver(TestServer.Alice, "Subject: two\n\nsecond\n");
        server.Backend.Deliver(TestServer.Alice, "Subject: three\n\nthird\n");
    }

    private protected static Task PlayAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, SignIn + text, ThreeMessages);

    private protected static Task PlayInboxAsync(string text) => Transcript.PlayAsync(MailProtocol.Imap, OpenInbox + text, ThreeMessages);

    private protected static async Task<TestClient> SignedInAsync(TestServer server, string address = TestServer.Alice)
    {
        var client = server.Connect(MailProtocol.Imap);
        await client.ReadLineAsync();
        Assert.StartsWith("0 OK", (await client.ImapAsync($"0 LOGIN {address} \"correct horse\""))[0], StringComparison.Ordinal);
        return client;
    }

    private protected static async Task<TestClient> SelectedAsync(TestServer server)
    {
        var client = await SignedInAsync(server);
        Assert.EndsWith("Folder is open", (await client.ImapAsync("0 SELECT INBOX"))[^1], StringComparison.Ordinal);
        return client;
    }
}
