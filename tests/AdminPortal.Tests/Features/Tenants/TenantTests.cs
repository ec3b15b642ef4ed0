using System.Net;
using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

public sealed class TenantTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_tenant_starts_with_everything_on_a_pod_here_and_settings_that_name_this_server()
    {
        var platform = await portal.PlatformApiAsync();
        var slug = PortalFactory.NewName("new");
        var created = await platform.PostJsonAsync("/api/v1/tenants", $$"""{"slug": "{{slug}}", "name": "New & Co", "languages": ["fr", "en"]}""")
            .JsonAsync(HttpStatusCode.Created);
        Assert.Equal("""{"pop3":"enabled","imap":"enabled","smtp":"enabled"}""", created.GetProperty("access").GetRawText());
        Assert.Equal("""["fr","en"]""", created.GetProperty("languages").GetRawText());

        var pods = await platform.GetAsync($"/api/v1/tenants/{slug}/pods", Cancel).JsonAsync();
        Assert.Equal("embedded", Assert.Single(pods.GetProperty("items").EnumerateArray()).GetProperty("kind").GetString());
        var tenant = new TestTenant(created.GetProperty("id").GetGuid(), slug, default, "", default, default);
        var endpoints = await portal.LookAsync(tenant, db => db.MailEndpoints.ToListAsync(Cancel));
        Assert.All(endpoints, endpoint => Assert.Equal(EndpointPreset.ThisServer, endpoint.Preset));
        Assert.Equal(Enum.GetValues<MailProtocol>(), endpoints.Select(e => e.Protocol).Distinct().Order());
        Assert.Equal([AuditActions.TenantCreated, AuditActions.TenantEntered], (await portal.AuditAsync(tenant)).Select(e => e.Action));
    }

    [Fact]
    public async Task A_new_tenants_service_credential_opens_in_its_own_row_alone()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var (credential, pod) = await ServiceCredentialAsync(tenant);
        var (_, otherPod) = await ServiceCredentialAsync(other);
        var credentials = portal.Services.GetRequiredService<ServiceCredentials>();

        Assert.Equal(credential.PasswordHash, SHA256.HashData(Encoding.UTF8.GetBytes(credentials.Open(credential, pod))));
        Assert.ThrowsAny<CryptographicException>(() => credentials.Open(credential, otherPod));
    }

    [Theory]
    [InlineData("""{"slug": "Contoso", "name": "x"}""", "slug")]
    [InlineData("""{"slug": "-x", "name": "x"}""", "slug")]
    [InlineData("""{"slug": "01981f6e-8c0a-7d7e-9d7b-2f6f3c1f7a55", "name": "x"}""", "slug")]
    [InlineData("""{"slug": "fine", "name": "  "}""", "name")]
    [InlineData("""{"slug": "fine", "name": "x", "languages": ["de"]}""", "languages")]
    [InlineData("""{"slug": "fine", "name": "x", "id": "1"}""", "id")]
    [InlineData("""{"name": "x"}""", "slug")]
    public async Task A_wrong_request_names_its_field(string json, string field)
    {
        var platform = await portal.PlatformApiAsync();
        Assert.NotEmpty(await platform.PostJsonAsync("/api/v1/tenants", json).FieldErrorAsync(field));
    }

    [Fact]
    public async Task A_slug_is_given_once()
    {
        var tenant = await portal.NewTenantAsync();
        var platform = await portal.PlatformApiAsync();
        Assert.Equal("conflict", await platform.PostJsonAsync("/api/v1/tenants", $$"""{"slug": "{{tenant.Slug}}", "name": "x"}""").ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task Only_the_platform_makes_tenants()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await admin.PostJsonAsync("/api/v1/tenants", """{"slug": "mine", "name": "Mine"}""").ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_tenant_is_found_by_slug_and_by_id()
    {
        var tenant = await portal.NewTenantAsync();
        var auditor = await portal.ApiAsync(tenant, PortalRole.Auditor);
        foreach (var name in new[] { tenant.Slug, tenant.Slug.ToUpperInvariant(), tenant.Id.ToString() })
            Assert.Equal(tenant.Id, (await auditor.GetAsync($"/api/v1/tenants/{name}", Cancel).JsonAsync()).GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task Somebody_elses_tenant_and_a_missing_one_are_the_same_not_found()
    {
        var (mine, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.ApiAsync(mine, PortalRole.TenantAdmin);
        var foreign = await BodyAsync(admin, theirs.Slug);
        Assert.Equal(foreign, await BodyAsync(admin, "nobody-s"));
        Assert.Equal(foreign, await BodyAsync(admin, theirs.Id.ToString()));
    }

    [Fact]
    public async Task The_platform_lists_all_tenants_others_their_own()
    {
        var (mine, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.ApiAsync(mine, PortalRole.TenantAdmin);
        Assert.Equal([mine.Slug], await SlugsAsync(admin));
        var all = await SlugsAsync(await portal.PlatformApiAsync());
        Assert.Contains(mine.Slug, all);
        Assert.Contains(theirs.Slug, all);
    }

    [Fact]
    public async Task A_switch_of_the_tenant_is_audited_and_told_to_the_mail_servers()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var answer = await admin.MergePatchAsync(tenant.Api, """{"access": {"pop3": "disabled"}}""").JsonAsync();
        Assert.Equal("""{"pop3":"disabled","imap":"enabled","smtp":"enabled"}""", answer.GetProperty("access").GetRawText());

        var entry = (await portal.AuditAsync(tenant)).Single(e => e.Action == AuditActions.TenantChanged);
        Assert.Equal("enabled", entry.Before!.RootElement.GetProperty("access").GetProperty("pop3").GetString());
        Assert.Equal("disabled", entry.After!.RootElement.GetProperty("access").GetProperty("pop3").GetString());
        Assert.Equal(1, await portal.LookAsync(tenant, db => db.ChangeFeedEntries.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_patch_that_changes_nothing_writes_nothing()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var before = await admin.ETagAsync(tenant.Api);
        await admin.MergePatchAsync(tenant.Api, """{"access": {"pop3": "enabled"}}""").JsonAsync();
        await admin.MergePatchAsync(tenant.Api, "{}").JsonAsync();
        Assert.Equal(before, await admin.ETagAsync(tenant.Api));
        Assert.DoesNotContain(await portal.AuditAsync(tenant), e => e.Action == AuditActions.TenantChanged);
    }

    [Theory]
    [InlineData("""{"access": {"pop3": null}}""")]
    [InlineData("""{"access": {"pop3": "inherit"}}""")]
    [InlineData("""{"access": null}""")]
    public async Task A_tenant_has_nothing_to_inherit_from(string json)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        Assert.NotEmpty(await admin.MergePatchAsync(tenant.Api, json).FieldErrorAsync("access"));
    }

    [Fact]
    public async Task Whoever_comes_second_is_shown_how_it_is_now()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var seen = (await admin.ETagAsync(tenant.Api)).ToString();
        await admin.MergePatchAsync(tenant.Api, """{"name": "First"}""", seen).JsonAsync();

        var problem = await admin.MergePatchAsync(tenant.Api, """{"name": "Second"}""", seen).JsonAsync(HttpStatusCode.PreconditionFailed);
        Assert.Equal("First", problem.GetProperty("current").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Of_many_who_change_the_same_version_one_wins()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var seen = (await admin.ETagAsync(tenant.Api)).ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => admin.MergePatchAsync(tenant.Api, $$"""{"name": "Writer {{n}}"}""", seen)));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(a => a.StatusCode == HttpStatusCode.PreconditionFailed));
    }

    [Fact]
    public async Task A_domain_is_added_once_and_inherits_until_it_says_something()
    {
        var tenant = await portal.NewTenantAsync();
        var platform = await portal.PlatformApiAsync();
        var name = $"{PortalFactory.NewName("bücher")}.example";
        var created = await platform.PostJsonAsync($"{tenant.Api}/domains", $$"""{"name": "{{name}}"}""").JsonAsync(HttpStatusCode.Created);
        var ascii = created.GetProperty("name").GetString()!;
        Assert.StartsWith("xn--", ascii);
        Assert.Equal("""{"pop3":"inherit","imap":"inherit","smtp":"inherit"}""", created.GetProperty("access").GetRawText());
        await platform.PostJsonAsync($"{tenant.Api}/domains", $$"""{"name": "{{name}}"}""").ProblemAsync(HttpStatusCode.Conflict);

        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var changed = await admin.MergePatchAsync($"{tenant.Api}/domains/{ascii}", """{"access": {"imap": "disabled"}}""").JsonAsync();
        Assert.Equal("disabled", changed.GetProperty("access").GetProperty("imap").GetString());
        var back = await admin.MergePatchAsync($"{tenant.Api}/domains/{ascii}", """{"access": {"imap": null}}""").JsonAsync();
        Assert.Equal("inherit", back.GetProperty("access").GetProperty("imap").GetString());
    }

    [Fact]
    public async Task A_plan_is_made_changed_and_deleted_while_no_mailbox_has_it()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var created = await admin.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Frontline", "access": {"pop3": "disabled"}}""").JsonAsync(HttpStatusCode.Created);
        var path = $"{tenant.Api}/plans/{created.GetProperty("id").GetString()}";
        await admin.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Frontline"}""").ProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal("Shop floor", (await admin.MergePatchAsync(path, """{"name": "Shop floor"}""").JsonAsync()).GetProperty("name").GetString());

        await portal.NewMailboxAsync(tenant, more: mailbox => mailbox.PlanId = created.GetProperty("id").GetGuid());
        await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: "*").ProblemAsync(HttpStatusCode.Conflict);
        await portal.LookAsync(tenant, db => db.Mailboxes.ExecuteUpdateAsync(m => m.SetProperty(x => x.PlanId, (Guid?)null), Cancel));
        using var deleted = await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: "*");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await admin.GetAsync(path, Cancel).ProblemAsync(HttpStatusCode.NotFound);
    }

    private static async Task<string> BodyAsync(HttpClient client, string tenant)
    {
        var problem = await client.GetAsync($"/api/v1/tenants/{tenant}", Cancel).JsonAsync(HttpStatusCode.NotFound);
        return string.Join('\n', problem.EnumerateObject().Where(m => m.Name != "traceId"));
    }

    private static async Task<IEnumerable<string?>> SlugsAsync(HttpClient client) =>
        (await client.GetAsync("/api/v1/tenants?limit=500", Cancel).JsonAsync()).GetProperty("items").EnumerateArray().Select(t => t.GetProperty("slug").GetString());

    private Task<(ServiceCredential, Pod)> ServiceCredentialAsync(TestTenant tenant) =>
        portal.LookAsync(tenant, async db => (await db.ServiceCredentials.SingleAsync(Cancel), await db.Pods.SingleAsync(Cancel)));
}
