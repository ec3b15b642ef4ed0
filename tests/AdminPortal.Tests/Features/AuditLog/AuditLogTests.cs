using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Features.MailAccess;
using Microsoft.Extensions.DependencyInjection;
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

    [Fact]
    public async Task It_is_filtered_by_address()
    {
        await stage.Portal.InTenantAsync(stage.Contoso, async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(new Actor { RemoteAddress = "192.0.2.99" }.Did(stage.Contoso.Id, AuditActions.PlanChanged, "plan", null, "From afar"));
            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });
        Assert.Equal("From afar", Assert.Single(await EventsAsync("remoteAddress=192.0.2.99")).At("target"));
    }

    [Fact]
    public async Task A_file_for_a_spreadsheet_runs_no_formula_and_the_lines_of_the_other_are_the_lists()
    {
        var name = $"=HYPERLINK(\"x\") {Guid.CreateVersion7()}";
        await stage.Portal.InTenantAsync(stage.Contoso, async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            db.Add(new Actor().Did(stage.Contoso.Id, AuditActions.PlanChanged, "plan", null, name));
            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });
        var filter = $"target={Uri.EscapeDataString(name)}";

        using var csv = await stage.Auditor.ReadAsync($"audit-events/export?format=csv&{filter}");
        var rows = (await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(("text/csv", 2), (csv.Content.Headers.ContentType?.MediaType, rows.Length));
        Assert.Contains("\"'=HYPERLINK(", rows[1]);
        Assert.EndsWith(".csv", csv.Content.Headers.ContentDisposition?.FileName?.Trim('"'), StringComparison.Ordinal);

        var ndjson = await (await stage.Auditor.ReadAsync($"audit-events/export?format=ndjson&{filter}")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(name, System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(Assert.Single(ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries))).At("target"));
        Assert.Equal(403, await stage.Helpdesk.ReadAsync("audit-events/export").StatusAsync());
        Assert.Equal(400, await stage.Auditor.ReadAsync("audit-events/export?format=xls").StatusAsync());
    }

    [Fact]
    public async Task A_long_trail_is_exported_whole()
    {
        await stage.Portal.InTenantAsync(stage.Contoso, async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            for (var n = 0; n < 2_500; n++) db.Add(new Actor().Did(stage.Contoso.Id, AuditActions.PlanChanged, "plan", null, "Many"));
            return await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        });
        var lines = await (await stage.Auditor.ReadAsync("audit-events/export?format=ndjson&target=Many")).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2_500, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(line).At("id")).Distinct().Count());
    }

    [Fact]
    public async Task The_worker_seals_within_seconds_and_the_trail_is_verified_over_the_api()
    {
        var mailbox = await stage.MailboxAsync();
        await stage.Admin.PatchAsync($"mailboxes/{mailbox.Id}/access", new { imap = "disabled" });
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var verified = await stage.Auditor.ReadAsync("audit-events/verification").JsonAsync();
        while (verified.At("unsealed") != "0" && await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken))
            verified = await stage.Auditor.ReadAsync("audit-events/verification").JsonAsync();

        Assert.Equal(("true", "[]"), (verified.At("intact"), verified.At("findings")));
        Assert.True((await stage.Auditor.ReadAsync("audit-events/head").JsonAsync()).At("hash")!.Length == 64);
        Assert.Equal(403, await stage.Helpdesk.ReadAsync("audit-events/verification").StatusAsync());
    }

    [Fact]
    public async Task How_long_it_is_kept_is_the_administrators_choice_and_on_record()
    {
        using var before = await stage.Auditor.ReadAsync("audit-events/retention");
        Assert.Equal("\"0\"", before.Headers.ETag?.Tag);
        Assert.Equal(403, await stage.Auditor.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = 90 }, "\"0\"").StatusAsync());
        Assert.Equal(428, await stage.Admin.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = 90 }).StatusAsync());
        Assert.Equal(400, await stage.Admin.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = 29 }, "\"0\"").StatusAsync());
        Assert.Equal(200, await stage.Admin.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = 90 }, "\"0\"").StatusAsync());
        Assert.Equal(412, await stage.Admin.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = 91 }, "\"0\"").StatusAsync());
        Assert.Equal("90", Assert.Single(await EventsAsync("action=audit.retentionChanged")).At("after", "keepDays"));
        Assert.Equal(200, await stage.Admin.SendAsync(HttpMethod.Put, "audit-events/retention", new { keepDays = (int?)null }, "*").StatusAsync());
    }

    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public void Every_action_has_its_sentence(string language)
    {
        var texts = stage.Portal.Services.GetRequiredService<Microsoft.Extensions.Localization.IStringLocalizer<AdminPortal.Features.AuditLog.Text>>();
        System.Globalization.CultureInfo.CurrentUICulture = new(language);
        var without = typeof(AuditActions).GetFields().Select(f => (string)f.GetRawConstantValue()!)
            .Where(action => texts[$"Did{string.Concat(action.Split('.').Select(AdminPortal.Features.AuditLog.IndexModel.Key))}"].ResourceNotFound);
        Assert.Empty(without);
    }

    private async Task<IReadOnlyList<System.Text.Json.JsonElement>> EventsAsync(string query) =>
        [.. (await stage.Admin.ReadAsync($"audit-events?{query}").JsonAsync()).GetProperty("items").EnumerateArray()];
}
