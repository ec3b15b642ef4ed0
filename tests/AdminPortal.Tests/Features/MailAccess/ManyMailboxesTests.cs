using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

public sealed class ManyMailboxesTests(AccessStage stage) : IClassFixture<AccessStage>
{
    private static readonly object Pop3Off = new { pop3 = "disabled" };
    private static readonly AccessSettings Pop3IsOff = new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Inherit);

    [Fact]
    public async Task Three_mailboxes_are_changed_by_one_operation_with_an_audit_event_each()
    {
        var mailboxes = await stage.MailboxesAsync(2);
        var already = await stage.MailboxAsync(access: Pop3IsOff);
        string[] addresses = [.. mailboxes.Select(m => m.Address.ToUpperInvariant()), already.Address, "nobody@contoso.example"];

        var accepted = await stage.Helpdesk.PostAsync("access-changes", new { selection = new { addresses }, changes = Pop3Off, reason = "Ticket 7" });
        var operation = await stage.FinishedAsync(accepted);

        Assert.Equal(202, (int)accepted.StatusCode);
        Assert.Equal(("succeeded", "4", "4", "2", "1", "1"), (
            operation.At("state"), operation.At("total"), operation.At("done"), operation.At("changed"), operation.At("unchanged"), operation.At("refused")));
        Assert.Equal([Pop3IsOff, Pop3IsOff, Pop3IsOff], await stage.SettingsAsync([.. mailboxes, already]));

        var id = Guid.Parse(operation.At("id")!);
        var events = (await stage.Portal.AuditAsync(stage.Contoso)).Where(e => e.OperationId == id).ToList();
        Assert.Equal(mailboxes.Select(m => m.Address).Order(StringComparer.Ordinal), events.Select(e => e.Target).Order(StringComparer.Ordinal));
        Assert.All(events, e => Assert.Equal(("Ticket 7", """{"pop3":"inherit"}""", """{"pop3":"disabled"}"""), (e.Reason, Text(e.Before), Text(e.After))));
        Assert.All(events, e => Assert.Equal(ActorKind.Token, e.ActorKind));
    }

    [Fact]
    public async Task Each_item_says_what_became_of_it()
    {
        var mailbox = await stage.MailboxAsync();
        var already = await stage.MailboxAsync(access: Pop3IsOff);
        var unknown = Guid.CreateVersion7();

        var operation = await ChangeAsync(new { ids = new[] { already.Id, mailbox.Id, unknown, mailbox.Id } });

        var items = await stage.ItemsAsync(operation.At("id")!);
        Assert.Equal(
            [(unknown.ToString(), "refused", "notFound"), (mailbox.Address, "changed", "null"), (already.Address, "unchanged", "null")],
            items.Select(i => (i.At("name"), i.At("outcome"), i.At("why"))));
        Assert.Equal("""{"pop3":"inherit"}""", items[1].At("before"));
    }

    [Fact]
    public async Task A_filter_means_the_same_mailboxes_as_in_the_list()
    {
        var plain = await stage.MailboxAsync();
        var planned = await stage.MailboxAsync(stage.PlanWithoutPop3);

        var preview = await PreviewAsync(new { filter = new { search = planned.Address.Split('@')[0], pop3 = "off", plan = "No POP3" } }, new { imap = "disabled" });
        Assert.Equal(("1", "1"), (preview.At("matched"), preview.At("willChange")));

        await ChangeAsync(new { filter = new { search = planned.Address[3..], pop3 = "off", domain = "contoso.example", plan = stage.PlanWithoutPop3 } });
        Assert.Equal([AccessSettings.Inherited, Pop3IsOff], await stage.SettingsAsync([plain, planned]));
    }

    [Fact]
    public async Task A_preview_says_the_numbers_and_changes_nothing()
    {
        var mailboxes = await stage.MailboxesAsync(2);
        var already = await stage.MailboxAsync(access: Pop3IsOff);
        await stage.AddAsync(SignIn(mailboxes[0], MailProtocol.Pop3), SignIn(mailboxes[1], MailProtocol.Imap), SignIn(already, MailProtocol.Pop3));

        var preview = await PreviewAsync(new { addresses = new[] { mailboxes[0].Address, mailboxes[1].Address, already.Address, "nobody@contoso.example" } }, Pop3Off);

        Assert.Equal(("3", "2", "1", "1"), (preview.At("matched"), preview.At("willChange"), preview.At("unchanged"), preview.At("usedRecently")));
        Assert.Equal("""[{"mailbox":"nobody@contoso.example","why":"notFound"}]""", preview.At("refused"));
        Assert.Equal([AccessSettings.Inherited, AccessSettings.Inherited], await stage.SettingsAsync(mailboxes));
    }

    [Fact]
    public async Task An_undo_takes_back_what_is_still_as_the_operation_left_it_and_names_the_rest()
    {
        var mailboxes = await stage.MailboxesAsync(3);
        var operation = await ChangeAsync(new { ids = mailboxes.Select(m => m.Id) });
        await stage.Admin.PatchAsync($"mailboxes/{mailboxes[1].Id}/access", new { pop3 = "enabled" });
        await stage.Admin.PatchAsync($"mailboxes/{mailboxes[2].Id}/access", new { imap = "disabled" });

        var undo = await stage.FinishedAsync(await stage.Admin.PostAsync($"operations/{operation.At("id")}/undo"));

        Assert.Equal(("succeeded", "2", "1", operation.At("id")), (undo.At("state"), undo.At("changed"), undo.At("refused"), undo.At("undoOf")));
        Assert.Equal(
            [AccessSettings.Inherited, AccessSettings.Inherited with { Pop3 = AccessSetting.Enabled }, AccessSettings.Inherited with { Imap = AccessSetting.Disabled }],
            await stage.SettingsAsync(mailboxes));
        var refused = Assert.Single(await stage.ItemsAsync(undo.At("id")!, "refused"));
        Assert.Equal((mailboxes[1].Address, "changedSince"), (refused.At("name"), refused.At("why")));

        var original = await stage.Admin.ReadAsync($"operations/{operation.At("id")}").JsonAsync();
        Assert.Equal(undo.At("id"), original.At("undoneBy"));
        Assert.Equal(409, await stage.Admin.PostAsync($"operations/{operation.At("id")}/undo").StatusAsync());
    }

    [Fact]
    public async Task An_undo_can_be_taken_back_as_well()
    {
        var mailbox = await stage.MailboxAsync();
        var operation = await ChangeAsync(new { ids = new[] { mailbox.Id } });
        var undo = await stage.FinishedAsync(await stage.Admin.PostAsync($"operations/{operation.At("id")}/undo"));

        await stage.FinishedAsync(await stage.Admin.PostAsync($"operations/{undo.At("id")}/undo"));

        Assert.Equal([Pop3IsOff], await stage.SettingsAsync([mailbox]));
    }

    [Fact]
    public async Task Null_goes_back_to_inherited_and_absent_stays()
    {
        var mailbox = await stage.MailboxAsync(access: new(AccessSetting.Disabled, AccessSetting.Disabled, AccessSetting.Disabled));

        await ChangeAsync(new { ids = new[] { mailbox.Id } }, new { pop3 = (string?)null, smtp = "inherit" });

        Assert.Equal([new(AccessSetting.Inherit, AccessSetting.Disabled, AccessSetting.Inherit)], await stage.SettingsAsync([mailbox]));
    }

    [Theory]
    [InlineData("""{"selection": {}, "changes": {"pop3": "disabled"}}""", "selection")]
    [InlineData("""{"selection": {"ids": [], "addresses": ["a@contoso.example"]}, "changes": {"pop3": "disabled"}}""", "selection")]
    [InlineData("""{"selection": {"addresses": []}, "changes": {"pop3": "disabled"}}""", "selection")]
    [InlineData("""{"selection": {"addresses": ["a\u0000@contoso.example"]}, "changes": {"pop3": "disabled"}}""", "selection")]
    [InlineData("""{"selection": {"filter": {}}, "changes": {}}""", "changes")]
    [InlineData("""{"selection": {"filter": {"pop3": "maybe"}}, "changes": {"pop3": "disabled"}}""", "selection.filter.pop3")]
    [InlineData("""{"selection": {"filter": {"pop4": "on"}}, "changes": {"pop3": "disabled"}}""", "pop4")]
    [InlineData("""{"selection": {"filter": {}}, "changes": {"pop3": "off"}}""", "changes")]
    [InlineData("""{"selection": {"filter": {}}}""", "changes")]
    public async Task A_change_that_makes_no_sense_is_refused_by_the_name_of_the_field(string body, string field)
    {
        var response = stage.Admin.PostAsync("access-changes", JsonDocument.Parse(body));

        Assert.Equal(400, await response.StatusAsync());
        Assert.Contains(field, (await response.JsonAsync()).GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Fact]
    public async Task Nobody_changes_the_neighbours_mailboxes_and_the_auditor_none()
    {
        var mailbox = await stage.MailboxAsync();
        var body = new { selection = new { ids = new[] { mailbox.Id } }, changes = Pop3Off };

        Assert.Equal(404, await stage.Stranger.PostAsync("access-changes", body).StatusAsync());
        Assert.Equal(403, await stage.Auditor.PostAsync("access-changes", body).StatusAsync());
        Assert.Equal([AccessSettings.Inherited], await stage.SettingsAsync([mailbox]));
    }

    private async Task<JsonElement> ChangeAsync(object selection, object? changes = null) =>
        await stage.FinishedAsync(await stage.Admin.PostAsync("access-changes", new { selection, changes = changes ?? Pop3Off }));

    private Task<JsonElement> PreviewAsync(object selection, object changes) =>
        stage.Admin.PostAsync("access-changes?dryRun=true", new { selection, changes }).JsonAsync();

    private SignInAttempt SignIn(TestMailbox mailbox, MailProtocol protocol) => new()
    {
        TenantId = stage.Contoso.Id, MailboxId = mailbox.Id, Protocol = protocol, RemoteAddress = "127.0.0.1", Mechanism = "PLAIN",
        Result = MailSignInResult.Succeeded, FirstAt = TimeProvider.System.GetUtcNow(), LastAt = TimeProvider.System.GetUtcNow(), Count = 1,
    };

    private static string? Text(JsonDocument? document) => document?.RootElement.GetRawText().Replace(" ", "", StringComparison.Ordinal);
}
