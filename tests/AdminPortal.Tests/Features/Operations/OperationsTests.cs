using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Features.MailAccess;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

public sealed class OperationsTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task The_list_is_read_newest_first_page_by_page()
    {
        var queued = new List<string?>();
        for (var n = 0; n < 3; n++) queued.Insert(0, (await ChangeAsync(await stage.MailboxAsync())).At("id"));

        var first = await stage.Admin.ReadAsync("operations?limit=2").JsonAsync();
        var second = await stage.Admin.ReadAsync($"operations?limit=2&cursor={first.At("next")}").JsonAsync();

        Assert.Equal(queued, [.. Ids(first), .. Ids(second).Take(1)]);
    }

    [Fact]
    public async Task Items_are_read_page_by_page_without_holes()
    {
        var mailboxes = await stage.MailboxesAsync(5);
        var operation = await stage.FinishedAsync(await stage.Admin.PostAsync(
            "access-changes", new { selection = new { ids = mailboxes.Select(m => m.Id) }, changes = new { pop3 = "disabled" } }));

        var seen = new List<string?>();
        for (string? cursor = ""; cursor != "null";)
        {
            var page = await stage.Admin.ReadAsync($"operations/{operation.At("id")}/items?limit=2{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}").JsonAsync();
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.At("name")));
            cursor = page.At("next")!;
        }

        Assert.Equal(mailboxes.Select(m => m.Address).Order(StringComparer.Ordinal), seen);
    }

    [Fact]
    public async Task An_operation_that_waits_for_somebody_elses_rows_can_be_cancelled_and_has_done_nothing()
    {
        var mailboxes = await stage.MailboxesAsync(2);
        await using var somebody = await RowLock.TakeAsync(stage.Portal.Database, mailboxes[1]);
        var accepted = await stage.Admin.PostAsync(
            "access-changes", new { selection = new { ids = mailboxes.Select(m => m.Id) }, changes = new { pop3 = "disabled" } });

        Assert.Equal(200, await stage.Admin.PostAsync($"{accepted.Headers.Location}/cancel").StatusAsync());

        Assert.Equal("cancelled", (await stage.FinishedAsync(accepted)).At("state"));
        Assert.Equal("inherit", (await stage.Admin.ReadAsync($"mailboxes/{mailboxes[0].Id}/access").JsonAsync()).At("pop3", "setting"));
        Assert.Equal(409, await stage.Admin.PostAsync($"{accepted.Headers.Location}/cancel").StatusAsync());
        Assert.Equal(409, await stage.Admin.PostAsync($"{accepted.Headers.Location}/undo").StatusAsync());
    }

    [Fact]
    public async Task The_helpdesk_takes_back_only_what_it_asked_for_itself()
    {
        var mailboxes = await stage.MailboxesAsync(2);
        var theirs = await ChangeAsync(mailboxes[0]);
        var own = await stage.FinishedAsync(await stage.Helpdesk.PostAsync(
            "access-changes", new { selection = new { ids = new[] { mailboxes[1].Id } }, changes = new { pop3 = "disabled" } }));

        Assert.Equal(403, await stage.Helpdesk.PostAsync($"operations/{theirs.At("id")}/undo").StatusAsync());
        Assert.Equal(202, await stage.Helpdesk.PostAsync($"operations/{own.At("id")}/undo").StatusAsync());
        Assert.Equal(403, await stage.Auditor.PostAsync($"operations/{theirs.At("id")}/undo").StatusAsync());
    }

    [Fact]
    public async Task Somebody_elses_operation_does_not_exist()
    {
        var operation = await ChangeAsync(await stage.MailboxAsync());

        foreach (var path in new[] { "", "/items", "/events" })
            Assert.Equal(404, await stage.Stranger.ReadAsync($"operations/{operation.At("id")}{path}").StatusAsync());
        Assert.Equal(404, await stage.Admin.ReadAsync($"operations/{Guid.CreateVersion7()}").StatusAsync());
        Assert.Equal(404, await stage.Admin.PostAsync($"operations/{Guid.CreateVersion7()}/undo").StatusAsync());
    }

    [Fact]
    public async Task What_changed_nothing_cannot_be_taken_back()
    {
        var mailbox = await stage.MailboxAsync(access: AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled });
        var operation = await ChangeAsync(mailbox);

        Assert.Equal(409, await stage.Admin.PostAsync($"operations/{operation.At("id")}/undo").StatusAsync());
    }

    private async Task<JsonElement> ChangeAsync(TestMailbox mailbox) => await stage.FinishedAsync(await stage.Admin.PostAsync(
        "access-changes", new { selection = new { ids = new[] { mailbox.Id } }, changes = new { pop3 = "disabled" } }));

    private static IEnumerable<string?> Ids(JsonElement page) => page.GetProperty("items").EnumerateArray().Select(o => o.At("id"));
}
