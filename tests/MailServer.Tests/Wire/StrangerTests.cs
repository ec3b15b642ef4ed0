using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Wire;

/// <summary>A thousand who say nothing and a thousand who say one octet now and then: whoever means it gets in, and they are shown out.</summary>
public sealed class StrangerTests
{
    [Theory]
    [InlineData(MailProtocol.Imap, "* BYE ")]
    [InlineData(MailProtocol.Pop3, "-ERR ")]
    [InlineData(MailProtocol.Smtp, "421 ")]
    public async Task Strangers_are_shown_out_after_their_time_however_busy_they_look(MailProtocol protocol, string goodbye)
    {
        await using var server = new TestServer();
        var strangers = new List<TestClient>();
        for (var n = 0; n < 2_000; n++) strangers.Add(await GreetedAsync(server, protocol, n));

        // Half of them drip: an octet every ten seconds starts no clock again.
        for (var second = 0; second < 60; second += 10)
        {
            foreach (var dripping in strangers.Where((_, n) => n % 2 == 1)) await dripping.SendAsync("x");
            server.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        foreach (var stranger in strangers)
        {
            Assert.StartsWith(goodbye, await stranger.ReadLineAsync(), StringComparison.Ordinal);
            await stranger.Closed;
        }
    }

    [Fact]
    public async Task When_strangers_hold_every_place_the_oldest_leaves_for_the_newcomer()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsBeforeSignIn = 3);
        var strangers = new List<TestClient>();
        for (var n = 0; n < 3; n++) strangers.Add(await GreetedAsync(server, MailProtocol.Imap, n));

        var good = await GreetedAsync(server, MailProtocol.Imap, 100);
        Assert.StartsWith("* BYE [LIMIT] ", await strangers[0].ReadLineAsync(), StringComparison.Ordinal);
        await strangers[0].Closed;
        Assert.Contains("1 OK", string.Join('\n', await good.ImapAsync($"1 LOGIN {TestServer.Alice} \"{TestServer.Password}\"")), StringComparison.Ordinal);

        // Whoever signed in is no stranger: of the next two newcomers the first finds a place, the second takes the oldest stranger's.
        await GreetedAsync(server, MailProtocol.Imap, 101);
        await GreetedAsync(server, MailProtocol.Imap, 102);
        Assert.StartsWith("* BYE [LIMIT] ", await strangers[1].ReadLineAsync(), StringComparison.Ordinal);
        Assert.Contains("2 OK", string.Join('\n', await good.ImapAsync("2 NOOP")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_client_never_fails_while_strangers_keep_coming()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsBeforeSignIn = 50);
        for (var n = 0; n < 500; n++)
        {
            await GreetedAsync(server, MailProtocol.Imap, n);
            if (n % 10 != 0) continue;
            var good = await GreetedAsync(server, MailProtocol.Imap, 1_000 + n);
            Assert.Contains("1 OK", string.Join('\n', await good.ImapAsync($"1 LOGIN {TestServer.Alice} \"{TestServer.Password}\"")), StringComparison.Ordinal);
            Assert.Contains("2 OK", string.Join('\n', await good.ImapAsync("2 LOGOUT")), StringComparison.Ordinal);
        }
    }

    /// <summary>From addresses of their own, as many as one may hold.</summary>
    private static async Task<TestClient> GreetedAsync(TestServer server, MailProtocol protocol, int n)
    {
        var client = server.Connect(protocol, from: $"198.51.{n / 250}.{n % 250}");
        await client.ReadLineAsync();
        return client;
    }
}
