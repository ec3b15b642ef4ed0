using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.ClientPreferences;

/// <summary>What a mailbox and its plan say about mail programs, downloads and storage: by the API and by the pages.</summary>
public sealed class ClientPreferencesTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_plan_advises_its_mailboxes_until_they_say_something_themselves()
    {
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var plan = await PlanAsync(tenant, mailbox);
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var (ofPlan, own) = ($"{tenant.Api}/plans/{plan}/client-preferences", $"{tenant.Api}/mailboxes/{mailbox.Address}/client-preferences");

        var set = await SendAsync(admin, HttpMethod.Patch, ofPlan, """{"afterDownload": "archive", "intervalMinutes": 5}""");
        Assert.Equal("archive", set.GetProperty("afterDownload").GetString());
        Assert.Equal(("archive", "plan"), Advised(await admin.GetFromJsonAsync<JsonElement>(own, Cancel), "afterDownload"));

        Assert.Equal(("delete", "mailbox"), Advised(await SendAsync(admin, HttpMethod.Patch, own, """{"afterDownload": "delete"}"""), "afterDownload"));
        var put = await SendAsync(admin, HttpMethod.Put, own, """{"sendReceive": "manually"}""");
        Assert.Equal(("archive", "plan"), Advised(put, "afterDownload"));
        Assert.Equal(("manually", "mailbox"), Advised(put, "sendReceive"));
        Assert.Equal(JsonValueKind.Null, (await SendAsync(admin, HttpMethod.Put, ofPlan, "{}")).GetProperty("afterDownload").ValueKind);
        Assert.Equal(("leave", "default"), Advised(await admin.GetFromJsonAsync<JsonElement>(own, Cancel), "afterDownload"));

        Assert.Equal(5, await portal.LookAsync(tenant, db => db.AuditEvents.CountAsync(e => e.Action == AuditActions.ClientPreferencesChanged, Cancel)) + 1);
    }

    [Theory]
    [InlineData("""{"afterDownload": "burn"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"intervalMinutes": 0}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"tenantId": "x"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{}""", HttpStatusCode.PreconditionRequired)]
    public async Task What_is_wrong_is_refused_for_mailboxes_and_plans_alike(string body, HttpStatusCode status)
    {
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var plan = await PlanAsync(tenant, mailbox);
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        foreach (var path in new[] { $"{tenant.Api}/plans/{plan}/client-preferences", $"{tenant.Api}/mailboxes/{mailbox.Id}/client-preferences" })
            foreach (var method in new[] { HttpMethod.Put, HttpMethod.Patch })
            {
                using var request = Request(method, path, body, status == HttpStatusCode.PreconditionRequired ? null : "*");
                using var answer = await admin.SendAsync(request, Cancel);
                Assert.Equal(status, answer.StatusCode);
            }
    }

    [Fact]
    public async Task A_stale_tag_is_refused_with_what_is_there_now()
    {
        var tenant = await portal.NewTenantAsync();
        var plan = await PlanAsync(tenant, await portal.NewMailboxAsync(tenant));
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var request = Request(HttpMethod.Patch, $"{tenant.Api}/plans/{plan}/client-preferences", """{"useIdle": false}""", "\"77\"");
        using var answer = await admin.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        Assert.NotNull(answer.Headers.ETag);
    }

    [Fact]
    public async Task A_quota_is_set_for_a_mailbox_and_a_plan_shown_with_what_is_used_and_recorded()
    {
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var plan = await PlanAsync(tenant, mailbox);
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var storage = $"{tenant.Api}/mailboxes/{mailbox.Id}/storage";
        Assert.Equal((0, 50L * 1024 * 1024 * 1024, "default"), Storage(await admin.GetFromJsonAsync<JsonElement>(storage, Cancel)));

        Assert.Equal(2_000, (await SendAsync(admin, HttpMethod.Patch, $"{tenant.Api}/plans/{plan}", """{"quota": 2000}""")).GetProperty("quota").GetInt64());
        Assert.Equal((0, 2_000, "plan"), Storage(await admin.GetFromJsonAsync<JsonElement>(storage, Cancel)));
        Assert.Equal(1_000, (await SendAsync(admin, HttpMethod.Patch, $"{tenant.Api}/mailboxes/{mailbox.Id}", """{"quota": 1000}""")).GetProperty("quota").GetInt64());
        Assert.Equal((0, 1_000, "mailbox"), Storage(await admin.GetFromJsonAsync<JsonElement>(storage, Cancel)));
        await SendAsync(admin, HttpMethod.Patch, $"{tenant.Api}/mailboxes/{mailbox.Id}", """{"quota": null}""");
        Assert.Equal((0, 2_000, "plan"), Storage(await admin.GetFromJsonAsync<JsonElement>(storage, Cancel)));

        foreach (var path in new[] { $"{tenant.Api}/mailboxes/{mailbox.Id}", $"{tenant.Api}/plans/{plan}" })
        {
            using var request = Request(HttpMethod.Patch, path, """{"quota": -1}""", "*");
            using var answer = await admin.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
        Assert.Equal(2, await portal.LookAsync(tenant, db => db.AuditEvents.CountAsync(e => e.Action == AuditActions.MailboxChanged, Cancel)));
        Assert.Equal(1, await portal.LookAsync(tenant, db => db.AuditEvents.CountAsync(e => e.Action == AuditActions.PlanChanged, Cancel)));
    }

    [Theory]
    [InlineData("en", "leaves the message as it is", "moves it to Archive")]
    [InlineData("fr", "laisse le message tel quel", "le déplace vers Archive")]
    public async Task An_administrator_sets_it_on_the_pages_of_a_mailbox_and_of_a_plan(string language, string leaves, string archives)
    {
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var plan = await PlanAsync(tenant, mailbox);
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var (page, form) = ($"{tenant.Pages}/mailboxes/{mailbox.Address}", $"{tenant.Pages}/mailboxes/{mailbox.Address}/preferences");
        admin.Client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        Assert.Contains(leaves, await admin.ReadAsync(page), StringComparison.Ordinal);

        using var ofPlan = await admin.PostAsync($"{tenant.Pages}/settings/plans/{plan}", new() { ["Form.AfterDownload"] = "Archive", ["Form.QuotaMegabytes"] = "7", ["version"] = "1" });
        Assert.Equal(HttpStatusCode.Redirect, ofPlan.StatusCode);
        Assert.Contains(archives, await admin.ReadAsync(page), StringComparison.Ordinal);
        Assert.Contains(archives, await admin.ReadAsync($"{tenant.Pages}/settings/plans"), StringComparison.Ordinal);
        Assert.Contains(language == "fr" ? "7 Mo" : "7 MB", await admin.ReadAsync(page), StringComparison.Ordinal);

        using var own = await admin.PostAsync(form, new() { ["Form.AfterDownload"] = "Delete", ["Form.QuotaMegabytes"] = "3" });
        Assert.Equal(HttpStatusCode.Redirect, own.StatusCode);
        var kept = await portal.LookAsync(tenant, db => db.Mailboxes.AsNoTracking().SingleAsync(m => m.Id == mailbox.Id, Cancel));
        Assert.Equal((AfterDownload.Delete, 3L * 1024 * 1024), (kept.Preferences.AfterDownload, kept.Quota));

        using var wrong = await admin.PostAsync(form, new() { ["Form.IntervalMinutes"] = "0" });
        Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
        using var stale = await admin.PostAsync(form, new() { ["Form.UseIdle"] = "false", ["tag"] = "old" });
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Equal(AfterDownload.Delete, await portal.LookAsync(tenant, db => db.Mailboxes.Where(m => m.Id == mailbox.Id).Select(m => m.Preferences.AfterDownload!.Value).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task Who_may_not_change_it_sees_it_without_a_way_to_change()
    {
        var tenant = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        using var auditor = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Auditor));
        var page = await auditor.ReadAsync($"{tenant.Pages}/mailboxes/{mailbox.Address}");
        Assert.Contains("After a POP3 download", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/preferences\"", page, StringComparison.Ordinal);
    }

    private async Task<Guid> PlanAsync(TestTenant tenant, TestMailbox mailbox) => await portal.LookAsync(tenant, async db =>
    {
        var plan = new Plan { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = PortalFactory.NewName("plan") };
        db.Add(plan);
        await db.SaveChangesAsync(Cancel);
        await db.Mailboxes.Where(m => m.Id == mailbox.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.PlanId, plan.Id), Cancel);
        return plan.Id;
    });

    private static (string?, string?) Advised(JsonElement advice, string member) =>
        (advice.GetProperty(member).GetProperty("effective").ToString(), advice.GetProperty(member).GetProperty("decidedBy").GetString());

    private static (long, long, string?) Storage(JsonElement storage) =>
        (storage.GetProperty("used").GetInt64(), storage.GetProperty("limit").GetInt64(), storage.GetProperty("decidedBy").GetString());

    private static async Task<JsonElement> SendAsync(HttpClient api, HttpMethod method, string path, string body)
    {
        using var request = Request(method, path, body, "*");
        using var answer = await api.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string body, string? ifMatch)
    {
        var type = method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json";
        var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, type) };
        if (ifMatch is not null) request.Headers.IfMatch.Add(ifMatch == "*" ? EntityTagHeaderValue.Any : EntityTagHeaderValue.Parse(ifMatch));
        return request;
    }
}
