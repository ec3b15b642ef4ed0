using AdminPortal.Tests.Features.MailAccess;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

public sealed class AuditLogTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task The_trail_tells_who_did_what_before_and_after()
    {
        var mailbox = await stage.MailboxAsync();
        await stage.Helpdesk.PatchAsync($"mailboxes/{mailbox.Address}/access", new { pop3 = "disabled", reason = "Leaver" });

        var audit = Assert.Single(await EventsAsync($"target={mailbox.Address}"));

        Assert.Equal(("mailAccess.changed", mailbox.Address, "token", "Leaver"), (audit.At("action"), audit.At("target"), audit.At("actorKind"), audit.At("reason")));
        Assert.Equal(("inherit", "disabled"), (audit.At("before", "pop3"), audit.At("after", "pop3")));
        Assert.StartsWith("token", audit.At("actor"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Newest_first_page_by_page_while_others_write()
    {
        var mailbox = await stage.MailboxAsync();
        foreach (var setting in new[] { "disabled", "enabled", "inherit" })
            await stage.Admin.PatchAsync($"mailboxes/{mailbox.Id}/access", new { imap = setting });

        var first = await stage.Admin.ReadAsync($"audit-events?target={mailbox.Id}&limit=2").JsonAsync();
        await stage.Admin.PatchAsync($"mailboxes/{mailbox.Id}/access", new { imap = "disabled" });
        var second = await stage.Admin.ReadAsync($"audit-events?target={mailbox.Id}&limit=2&cursor={first.At("next")}").JsonAsync();

        string?[] after = [.. first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(e => e.At("after", "imap"))];
        Assert.Equal(["inherit", "enabled", "disabled"], after);
        Assert.Equal("null", second.At("next"));
    }

    [Fact]
    public async Task Filters_narrow_it_by_actor_action_and_time()
    {
        var mailbox = await stage.MailboxAsync();
        await stage.Admin.PatchAsync($"mailboxes/{mailbox.Id}/access", new { imap = "disabled" });
        var audit = Assert.Single(await EventsAsync($"target={mailbox.Id}"));
        var (actor, at) = (Uri.EscapeDataString(audit.At("actor")!), Uri.EscapeDataString(audit.At("at")!));

        Assert.Single(await EventsAsync($"target={mailbox.Id}&actor={actor}&action=mailAccess.changed&from={at}"));
        Assert.Single(await EventsAsync($"target={mailbox.Id}&action=mailAccess"));
        Assert.Empty(await EventsAsync($"target={mailbox.Id}&actor=nobody"));
        Assert.Empty(await EventsAsync($"target={mailbox.Id}&action=mailbox"));
        Assert.Empty(await EventsAsync($"target={mailbox.Id}&to={at}"));
    }

    [Fact]
    public async Task The_auditor_reads_it_and_the_helpdesk_and_the_neighbour_do_not()
    {
        Assert.Equal(200, await stage.Auditor.ReadAsync("audit-events").StatusAsync());
        Assert.Equal(403, await stage.Helpdesk.ReadAsync("audit-events").StatusAsync());
        Assert.Equal(404, await stage.Stranger.ReadAsync("audit-events").StatusAsync());
        Assert.Equal(400, await stage.Admin.ReadAsync("audit-events?from=yesterday").StatusAsync());
        Assert.Equal(400, await stage.Admin.ReadAsync("audit-events?cursor=AAAA").StatusAsync());
    }

    private async Task<IReadOnlyList<System.Text.Json.JsonElement>> EventsAsync(string query) =>
        [.. (await stage.Admin.ReadAsync($"audit-events?{query}").JsonAsync()).GetProperty("items").EnumerateArray()];
}
