using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Pop3;

/// <summary>What a download does to the message on the server: at QUIT, as the mailbox asks for it, and never when the line was lost.</summary>
public sealed class AfterRetrievalTests
{
    private const string SignIn = """
        S: +OK mail.contoso.example POP3 ready
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS correct horse
        S: +OK 2 messages

        """;

    private static string Download(string expiry) => SignIn + $"""
        C: CAPA
        S: +OK Capabilities follow
        S: USER
        S: SASL…
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: UTF8 USER
        S: LANG
        S: {expiry}
        S: IMPLEMENTATION AdminPortal
        S: .
        C: RETR 1
        S: +OK 19 octets
        S: Subject: one
        S:
        S: 1
        S: .
        C: QUIT
        S: +OK Goodbye
        """;

    [Theory]
    [InlineData(AfterRetrieval.Leave, "EXPIRE NEVER")]
    [InlineData(AfterRetrieval.MarkSeen, "EXPIRE NEVER")]
    [InlineData(AfterRetrieval.Delete, "EXPIRE 0")]
    [InlineData(AfterRetrieval.Archive, "EXPIRE 0")]
    public Task The_capability_says_whether_a_download_may_be_left(AfterRetrieval after, string expiry) =>
        Transcript.PlayAsync(MailProtocol.Pop3, Download(expiry), server => Prepare(server, after));

    [Theory]
    [InlineData(AfterRetrieval.Leave, 2, 0)]
    [InlineData(AfterRetrieval.MarkSeen, 2, 0)]
    [InlineData(AfterRetrieval.Delete, 1, 0)]
    [InlineData(AfterRetrieval.Archive, 1, 1)]
    public async Task A_download_that_ends_with_QUIT_does_as_the_mailbox_asks(AfterRetrieval after, int left, int archived)
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server, after);
        await RetrieveAsync(client, 1);
        Assert.Equal("+OK Goodbye", await client.AskAsync("QUIT"));

        Assert.Equal(left, server.Backend.Messages(TestServer.Alice).Count);
        Assert.Equal(archived, server.Backend.Messages(TestServer.Alice, "Archive").Count);
    }

    [Theory]
    [InlineData(AfterRetrieval.Delete)]
    [InlineData(AfterRetrieval.Archive)]
    public async Task A_lost_line_a_RSET_a_TOP_and_a_switch_lose_nothing(AfterRetrieval after)
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server, after);
        await RetrieveAsync(client, 1);
        await client.HangUpAsync();
        await client.Closed;
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);

        client = await SignedInAsync(server, after, deliver: false);
        await RetrieveAsync(client, 1);
        await client.AskAsync("RSET");
        await client.AskAsync("TOP 2 100");
        await client.ReadUntilAsync(line => line == ".");
        await client.AskAsync("QUIT");
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);

        client = await SignedInAsync(server, after, deliver: false);
        await RetrieveAsync(client, 1);
        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Pop3, "POP3 is switched off.");
        Assert.StartsWith("-ERR POP3 is switched off.", await client.ReadLineAsync(), StringComparison.Ordinal);
        await client.Closed;
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);
    }

    [Fact]
    public async Task What_is_deleted_is_deleted_and_not_archived()
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server, AfterRetrieval.Archive);
        await RetrieveAsync(client, 1);
        await RetrieveAsync(client, 2);
        await client.AskAsync("DELE 1");
        await client.AskAsync("QUIT");

        Assert.Empty(server.Backend.Messages(TestServer.Alice));
        Assert.Contains("Subject: two", Assert.Single(server.Backend.Messages(TestServer.Alice, "Archive")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_at_QUIT_changes_nothing_and_says_so()
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server, AfterRetrieval.Delete);
        await RetrieveAsync(client, 1);
        server.Backend.IsDown = true;
        Assert.Equal("-ERR [SYS/TEMP] The mailbox is not available now, nothing was deleted", await client.AskAsync("QUIT"));
        server.Backend.IsDown = false;
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);
    }

    private static void Prepare(TestServer server, AfterRetrieval after)
    {
        server.Backend.Deliver(TestServer.Alice, "Subject: one\n\n1\n");
        server.Backend.Deliver(TestServer.Alice, "Subject: two\n\n2\n");
        server.Backend.SetAfterRetrieval(TestServer.Alice, after);
    }

    private static async Task<TestClient> SignedInAsync(TestServer server, AfterRetrieval after, bool deliver = true)
    {
        if (deliver) Prepare(server, after);
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");
        Assert.Equal("+OK 2 messages", await client.AskAsync("PASS correct horse"));
        return client;
    }

    private static async Task RetrieveAsync(TestClient client, int number)
    {
        Assert.StartsWith("+OK", await client.AskAsync($"RETR {number}"), StringComparison.Ordinal);
        await client.ReadUntilAsync(line => line == ".");
    }
}
