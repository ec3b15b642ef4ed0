using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>Several sessions at one mailbox, and what they hear of each other.</summary>
public sealed class LiveTests : ImapStories
{
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
    public async Task A_selected_folder_that_cannot_be_deleted_stays_selected()
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server);
        await client.ImapAsync("1 CREATE a/b");
        await client.ImapAsync("2 SELECT a");

        Assert.Equal(["3 NO [HASCHILDREN] There are folders below it"], await client.ImapAsync("3 DELETE a"));
        Assert.Equal(["* SEARCH", "4 OK Searched"], await client.ImapAsync("4 SEARCH ALL"));
        await client.ImapAsync("5 DELETE a/b");
        Assert.Equal(["6 OK Folder deleted"], await client.ImapAsync("6 DELETE a"));
        Assert.Equal(["7 BAD Not in this state"], await client.ImapAsync("7 SEARCH ALL"));
    }

    [Fact]
    public async Task Switching_off_ends_an_idle_session_at_once()
    {
        await using var server = new TestServer();
        ThreeMessages(server);
        var client = await SelectedAsync(server);
        await client.AskAsync("1 IDLE");

        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Imap, "IMAP4 is switched off.");

        Assert.StartsWith("* BYE IMAP4 is switched off.", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
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
}
