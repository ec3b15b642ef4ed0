using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

public sealed class OneMailboxTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task Access_says_the_setting_the_effective_state_and_why()
    {
        var mailbox = await stage.MailboxAsync(stage.PlanWithoutPop3);

        var access = await stage.Admin.ReadAsync($"mailboxes/{mailbox.Address}/access").JsonAsync();

        Assert.Equal(("inherit", "false", "plan"), (access.At("pop3", "setting"), access.At("pop3", "effective"), access.At("pop3", "decidedBy")));
        Assert.Equal("POP3 is off by the plan “No POP3”.", access.At("pop3", "reason"));
        Assert.Equal(("true", "tenant", "IMAP4 is on by default at contoso."), (access.At("imap", "effective"), access.At("imap", "decidedBy"), access.At("imap", "reason")));
    }

    [Fact]
    public async Task The_reason_speaks_the_readers_language()
    {
        var mailbox = await stage.MailboxAsync(access: new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Inherit));
        var request = new HttpRequestMessage(HttpMethod.Get, $"mailboxes/{mailbox.Id}/access") { Headers = { { "Accept-Language", "fr" } } };

        var access = await stage.Admin.SendAsync(request, TestContext.Current.CancellationToken).JsonAsync();

        Assert.Equal("POP3 est désactivé\u00a0: réglage de cette boîte aux lettres.", access.At("pop3", "reason"));
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_null_goes_back_to_inherited()
    {
        var mailbox = await stage.MailboxAsync(access: new(AccessSetting.Inherit, AccessSetting.Disabled, AccessSetting.Disabled));

        var access = await stage.Admin.PatchAsync($"mailboxes/{mailbox.Address}/access", new { pop3 = "disabled", imap = (string?)null }).JsonAsync();

        Assert.Equal(("disabled", "inherit", "disabled"), (access.At("pop3", "setting"), access.At("imap", "setting"), access.At("smtp", "setting")));
        Assert.Equal(("false", "true", "false"), (access.At("pop3", "effective"), access.At("imap", "effective"), access.At("smtp", "effective")));
    }

    [Fact]
    public async Task A_change_its_audit_event_and_the_word_to_the_mail_servers_are_stored_together()
    {
        var mailbox = await stage.MailboxAsync();

        await stage.Helpdesk.PatchAsync($"mailboxes/{mailbox.Address}/access", new { pop3 = "disabled", smtp = "inherit", reason = " Ticket 12 " });

        var audit = Assert.Single(await stage.AuditAsync(mailbox.Id));
        Assert.Equal((AuditActions.MailAccessChanged, mailbox.Address, "Ticket 12"), (audit.Action, audit.Target, audit.Reason));
        Assert.Equal(("""{"pop3":"inherit"}""", """{"pop3":"disabled"}"""), (Text(audit.Before), Text(audit.After)));
        Assert.Equal(ActorKind.Token, audit.ActorKind);
        Assert.True(await stage.Portal.LookAsync(stage.Contoso, db => db.ChangeFeedEntries.AnyAsync(e => e.MailboxId == mailbox.Id, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task Setting_what_is_set_already_writes_nothing()
    {
        var mailbox = await stage.MailboxAsync(access: new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Inherit));

        Assert.Equal(200, await stage.Admin.PatchAsync($"mailboxes/{mailbox.Address}/access", new { pop3 = "disabled" }).StatusAsync());

        Assert.Empty(await stage.AuditAsync(mailbox.Id));
        Assert.Equal(1, await VersionAsync(mailbox));
    }

    [Fact]
    public async Task A_put_sets_all_three_and_needs_all_three()
    {
        var mailbox = await stage.MailboxAsync();
        var path = $"mailboxes/{mailbox.Address}/access";

        var access = await stage.Admin.SendAsync(HttpMethod.Put, path, new { pop3 = "disabled", imap = "enabled", smtp = "inherit" }, "*").JsonAsync();

        Assert.Equal(("disabled", "enabled", "inherit"), (access.At("pop3", "setting"), access.At("imap", "setting"), access.At("smtp", "setting")));
        Assert.Equal(400, await stage.Admin.SendAsync(HttpMethod.Put, path, new { pop3 = "disabled" }, "*").StatusAsync());
    }

    [Theory]
    [InlineData("""{"pop3": "off"}""")]
    [InlineData("""{"pop3": 2}""")]
    [InlineData("""{"pop4": "disabled"}""")]
    [InlineData("""["pop3"]""")]
    public async Task A_patch_that_says_something_else_is_refused(string body)
    {
        var mailbox = await stage.MailboxAsync();

        Assert.Equal(400, await stage.Admin.PatchAsync($"mailboxes/{mailbox.Address}/access", JsonDocument.Parse(body)).StatusAsync());
    }

    [Fact]
    public async Task A_change_needs_the_tag_of_what_it_changes()
    {
        var mailbox = await stage.MailboxAsync();
        var path = $"mailboxes/{mailbox.Address}/access";
        var tag = (await stage.Admin.ReadAsync(path)).Headers.ETag!.ToString();

        Assert.Equal(428, await stage.Admin.PatchAsync(path, new { pop3 = "disabled" }, ifMatch: null).StatusAsync());
        Assert.Equal(200, await stage.Admin.PatchAsync(path, new { pop3 = "disabled" }, tag).StatusAsync());

        var late = await stage.Admin.PatchAsync(path, new { imap = "disabled" }, tag);
        Assert.Equal(412, (int)late.StatusCode);
        Assert.NotEqual(tag, late.Headers.ETag!.ToString());
        Assert.Equal("disabled", (await Task.FromResult(late).JsonAsync()).At("current", "pop3", "setting"));
    }

    [Fact]
    public async Task The_tag_also_changes_when_something_else_decides()
    {
        var mailbox = await stage.MailboxAsync(stage.PlanWithoutPop3);
        var path = $"mailboxes/{mailbox.Address}/access";
        var tag = (await stage.Admin.ReadAsync(path)).Headers.ETag!.ToString();
        Assert.Equal(304, await KnownAsync(tag));

        await stage.AddAsync(new AccessException
        {
            TenantId = stage.Contoso.Id, MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Effect = ExceptionEffect.Allow, Reason = "Migration",
            StartsAt = DateTimeOffset.UnixEpoch, EndsAt = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero), CreatedBy = "admin",
        });

        Assert.Equal(200, await KnownAsync(tag));
        Assert.Equal(412, await stage.Admin.PatchAsync(path, new { imap = "disabled" }, tag).StatusAsync());

        Task<int> KnownAsync(string known) => stage.Admin.SendAsync(
            new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "If-None-Match", known } } }, TestContext.Current.CancellationToken).StatusAsync();
    }

    [Fact]
    public async Task Many_who_switch_one_mailbox_at_once_all_get_their_turn()
    {
        var mailbox = await stage.MailboxAsync();
        object[] wishes = [new { pop3 = "disabled" }, new { imap = "disabled" }, new { smtp = "disabled" }];

        var statuses = await Task.WhenAll(wishes.Select(wish => stage.Admin.PatchAsync($"mailboxes/{mailbox.Address}/access", wish).StatusAsync()));

        Assert.All(statuses, status => Assert.Equal(200, status));
        Assert.Equal([new AccessSettings(AccessSetting.Disabled, AccessSetting.Disabled, AccessSetting.Disabled)], await stage.SettingsAsync([mailbox]));
        Assert.Equal(4, await VersionAsync(mailbox));
        Assert.Equal(3, (await stage.AuditAsync(mailbox.Id)).Count);
    }

    [Fact]
    public async Task The_explanation_names_every_layer_the_winner_and_who_set_it()
    {
        var mailbox = await stage.MailboxAsync(stage.PlanWithoutPop3);
        await stage.Admin.PatchAsync($"mailboxes/{mailbox.Address}/access", new { pop3 = "enabled" });

        var pop3 = (await stage.Admin.ReadAsync($"mailboxes/{mailbox.Address}/access/explanation").JsonAsync()).GetProperty("pop3").EnumerateArray().ToList();

        Assert.Equal(["mailbox", "plan", "domain", "tenant"], pop3.Select(layer => layer.At("layer")));
        Assert.Equal([mailbox.Address, "No POP3", "contoso.example", "contoso"], pop3.Select(layer => layer.At("name")));
        Assert.Equal(["enabled", "disabled", "inherit", "enabled"], pop3.Select(layer => layer.At("setting")));
        Assert.Equal(["true", "false", "false", "false"], pop3.Select(layer => layer.At("wins")));
        Assert.StartsWith("token", pop3[0].At("setBy"), StringComparison.Ordinal);
        Assert.NotEqual("null", pop3[0].At("setAt"));
    }

    [Fact]
    public async Task Somebody_elses_mailbox_does_not_exist_and_the_auditor_changes_nothing()
    {
        var mailbox = await stage.MailboxAsync();
        var path = $"mailboxes/{mailbox.Address}/access";

        Assert.Equal(404, await stage.Stranger.ReadAsync(path).StatusAsync());
        Assert.Equal(404, await stage.Stranger.PatchAsync(path, new { pop3 = "disabled" }).StatusAsync());
        Assert.Equal(404, await stage.Admin.ReadAsync("mailboxes/nobody@contoso.example/access").StatusAsync());
        Assert.Equal(404, await stage.Admin.PatchAsync("mailboxes/nobody@fabrikam.example/access", new { pop3 = "disabled" }).StatusAsync());
        Assert.Equal(200, await stage.Auditor.ReadAsync(path).StatusAsync());
        Assert.Equal(403, await stage.Auditor.PatchAsync(path, new { pop3 = "disabled" }).StatusAsync());
    }

    private Task<long> VersionAsync(TestMailbox mailbox) => stage.Portal.LookAsync(
        stage.Contoso, db => db.Mailboxes.Where(m => m.Id == mailbox.Id).Select(m => m.Version).SingleAsync(TestContext.Current.CancellationToken));

    private static string? Text(JsonDocument? document) => document?.RootElement.GetRawText().Replace(" ", "", StringComparison.Ordinal);
}
