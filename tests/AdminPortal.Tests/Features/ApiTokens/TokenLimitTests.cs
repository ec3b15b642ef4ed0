using System.Net;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.ApiTokens;

/// <summary>From where, how long, by whom and for what: every limit of a token, attacked. A proxy at our side tells where a call comes from.</summary>
public sealed class TokenLimitTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public TokenLimitTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:TrustedProxies", "127.0.0.1");
        time = portal.UseTime();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""["192.0.2.0/24"]""", "192.0.2.77", true)]
    [InlineData("""["192.0.2.0/24"]""", "::ffff:192.0.2.77", true)]
    [InlineData("""["::ffff:192.0.2.0/120"]""", "192.0.2.77", true)]
    [InlineData("""["192.0.2.0/24"]""", "192.0.3.1", false)]
    [InlineData("""["192.0.2.0/24"]""", "::ffff:192.0.3.1", false)]
    [InlineData("""["192.0.2.0/24"]""", "2001:db8::1", false)]
    [InlineData("""["198.51.100.7"]""", "198.51.100.7", true)]
    [InlineData("""["198.51.100.7"]""", "198.51.100.8", false)]
    [InlineData("""["2001:db8::/48", "198.51.100.7"]""", "2001:db8:0:9::1", true)]
    [InlineData("""["2001:db8::/48"]""", "2001:db8:1::1", false)]
    public async Task A_token_works_from_its_networks_alone(string networks, string from, bool works)
    {
        var (tenant, admin) = await AdminAsync();
        var (_, text) = await NewAsync(admin, tenant, $$"""{"name": "Sync", "scopes": ["settings:read"], "networks": {{networks}}}""");

        using var answer = await From(text, from).GetAsync(tenant.Api, Cancel);

        Assert.Equal(works ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        if (!works) Assert.Contains("may not be used from", await answer.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Where_nobody_knows_from_where_a_call_comes_a_limited_token_is_refused()
    {
        var (tenant, admin) = await AdminAsync();
        var (_, text) = await NewAsync(admin, tenant, """{"name": "Sync", "scopes": ["settings:read"], "networks": ["0.0.0.0/0"]}""");
        await portal.Api(text).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("192.0.2.0/33")]
    [InlineData("example.org")]
    [InlineData("")]
    public async Task What_is_no_network_is_told(string network)
    {
        var (tenant, admin) = await AdminAsync();
        Assert.NotEmpty(await admin.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "x", "scopes": ["settings:read"], "networks": ["{{network}}"]}""").FieldErrorAsync("networks"));
    }

    [Fact]
    public async Task When_and_from_where_it_was_used_last_is_seen()
    {
        var (tenant, admin) = await AdminAsync();
        var (path, text) = await NewAsync(admin, tenant, """{"name": "Sync", "scopes": ["settings:read"]}""");
        await From(text, "::ffff:192.0.2.77").GetAsync(tenant.Api, Cancel).JsonAsync();
        var shown = await admin.GetAsync(path, Cancel).JsonAsync();
        Assert.Equal("192.0.2.77", shown.GetProperty("lastUsedFrom").GetString());
        Assert.Equal(JsonValueKind.String, shown.GetProperty("lastUsedAt").ValueKind);
    }

    [Fact]
    public async Task A_token_revoked_in_one_process_is_refused_by_another_at_its_next_call()
    {
        var (tenant, admin) = await AdminAsync();
        var (path, text) = await NewAsync(admin, tenant, """{"name": "Leaked", "scopes": ["settings:read"]}""");
        await using var another = portal.WithWebHostBuilder(_ => { });
        Assert.NotSame(portal.Services, another.Services);
        using var there = another.CreateClient(new() { BaseAddress = new("https://localhost") });
        there.DefaultRequestHeaders.Authorization = new("Bearer", text);
        await there.GetAsync(tenant.Api, Cancel).JsonAsync();

        await RevokeAsync(admin, path);
        await there.GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_lowered_role_lowers_the_token_at_once_and_a_removed_member_ends_it()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var client = portal.Api(await portal.NewTokenAsync(person, tenant));
        await client.PostJsonAsync($"{tenant.Api}/plans", """{"name": "One"}""").JsonAsync(HttpStatusCode.Created);

        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.Role, PortalRole.Auditor), Cancel));
        await client.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Two"}""").ProblemAsync(HttpStatusCode.Forbidden);
        await client.GetAsync($"{tenant.Api}/plans", Cancel).JsonAsync();

        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteDeleteAsync(Cancel));
        var gone = await client.GetAsync($"{tenant.Api}/plans", Cancel).JsonAsync(HttpStatusCode.Unauthorized);
        Assert.Contains("no place", gone.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_replaced_secret_opens_until_the_overlap_is_over_and_the_new_one_at_once()
    {
        var (tenant, admin) = await AdminAsync();
        var (path, old) = await NewAsync(admin, tenant, """{"name": "Sync", "scopes": ["settings:read"]}""");
        var answer = await admin.PostJsonAsync($"{path}/rotate", """{"overlapMinutes": 30}""").JsonAsync();
        var replaced = answer.GetProperty("token").GetString()!;

        Assert.NotEqual(old, replaced);
        await portal.Api(replaced).GetAsync(tenant.Api, Cancel).JsonAsync();
        await portal.Api(old).GetAsync(tenant.Api, Cancel).JsonAsync();
        time.Advance(TimeSpan.FromMinutes(30));
        await portal.Api(old).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
        await portal.Api(replaced).GetAsync(tenant.Api, Cancel).JsonAsync();

        var entry = (await portal.AuditAsync(tenant)).Last(e => e.Action == AuditActions.TokenRotated);
        Assert.DoesNotContain(replaced[13..], entry.After!.RootElement.ToString());
    }

    [Fact]
    public async Task Without_an_overlap_a_replaced_secret_ends_at_once_and_revoking_ends_both()
    {
        var (tenant, admin) = await AdminAsync();
        var (path, first) = await NewAsync(admin, tenant, """{"name": "Sync", "scopes": ["settings:read"]}""");
        var second = (await admin.PostJsonAsync($"{path}/rotate", """{"overlapMinutes": 0}""").JsonAsync()).GetProperty("token").GetString()!;
        await portal.Api(first).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);

        var third = (await admin.PostJsonAsync($"{path}/rotate", "{}").JsonAsync()).GetProperty("token").GetString()!;
        await RevokeAsync(admin, path);
        foreach (var secret in new[] { second, third }) await portal.Api(secret).GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
        await admin.PostJsonAsync($"{path}/rotate", "{}").ProblemAsync(HttpStatusCode.Conflict);
        await admin.PostJsonAsync($"{path}/rotate", """{"overlapMinutes": 10081}""").FieldErrorAsync("overlapMinutes");
    }

    [Fact]
    public async Task A_patch_changes_name_networks_and_end_and_nothing_else()
    {
        var (tenant, admin) = await AdminAsync();
        var (path, text) = await NewAsync(admin, tenant, """{"name": "Sync", "scopes": ["settings:read"], "networks": ["192.0.2.0/24"]}""");
        var end = time.GetUtcNow().AddDays(2);
        var patched = await admin.MergePatchAsync(path, $$"""{"name": "Nightly", "networks": null, "expiresAt": "{{end:O}}"}""").JsonAsync();

        Assert.Equal(("Nightly", 0), (patched.GetProperty("name").GetString(), patched.GetProperty("networks").GetArrayLength()));
        await portal.Api(text).GetAsync(tenant.Api, Cancel).JsonAsync();
        await admin.MergePatchAsync(path, """{"scopes": ["tenant:admin"]}""").FieldErrorAsync("scopes");
        await admin.MergePatchAsync(path, """{"expiresAt": null}""").FieldErrorAsync("expiresAt");
        await admin.MergePatchAsync(path, """{"name": "x"}""", "\"1\"").ProblemAsync(HttpStatusCode.PreconditionFailed);
        var entry = (await portal.AuditAsync(tenant)).Last(e => e.Action == AuditActions.TokenChanged);
        Assert.Equal(("Sync", "Nightly"), (entry.Before!.RootElement.GetProperty("name").GetString(), entry.After!.RootElement.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Everybody_sees_their_own_tokens_and_administrators_all_but_only_the_owner_changes_one()
    {
        var tenant = await portal.NewTenantAsync();
        var (admin, helpdesk) = (await portal.ApiAsync(tenant, PortalRole.TenantAdmin), await portal.ApiAsync(tenant, PortalRole.Helpdesk));
        var (ofAdmin, _) = await NewAsync(admin, tenant, """{"name": "Theirs", "scopes": ["settings:read"]}""");
        var (ofHelpdesk, _) = await NewAsync(helpdesk, tenant, """{"name": "Ours", "scopes": ["access:write"]}""");

        Assert.Equal(2, (await helpdesk.GetAsync($"{tenant.Api}/tokens", Cancel).JsonAsync()).GetProperty("items").GetArrayLength());
        Assert.Equal(4, (await admin.GetAsync($"{tenant.Api}/tokens", Cancel).JsonAsync()).GetProperty("items").GetArrayLength());
        await helpdesk.GetAsync(ofAdmin, Cancel).ProblemAsync(HttpStatusCode.NotFound);
        await helpdesk.SendJsonAsync(HttpMethod.Delete, ofAdmin, ifMatch: "*").ProblemAsync(HttpStatusCode.NotFound);
        await admin.PostJsonAsync($"{ofHelpdesk}/rotate", "{}").ProblemAsync(HttpStatusCode.Forbidden);
        await admin.MergePatchAsync(ofHelpdesk, """{"networks": null}""").ProblemAsync(HttpStatusCode.Forbidden);
        await RevokeAsync(admin, ofHelpdesk);
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk, "tenant:admin")]
    [InlineData(PortalRole.Helpdesk, "audit:read")]
    [InlineData(PortalRole.Helpdesk, "settings:write")]
    [InlineData(PortalRole.Auditor, "access:write")]
    [InlineData(PortalRole.Auditor, "mailboxes:write")]
    public async Task Nobody_makes_a_token_for_more_than_their_role_can_do(PortalRole role, string scope)
    {
        var tenant = await portal.NewTenantAsync();
        var client = await portal.ApiAsync(tenant, role);
        Assert.Contains(scope, await client.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "x", "scopes": ["{{scope}}"]}""").FieldErrorAsync("scopes"));
    }

    [Fact]
    public async Task A_token_gives_another_neither_wider_networks_nor_a_longer_life_and_renews_none_that_may_do_more()
    {
        var (tenant, admin) = await AdminAsync();
        var end = time.GetUtcNow().AddDays(10);
        var (own, text) = await NewAsync(admin, tenant, $$"""{"name": "Robot", "scopes": ["tokens:manage", "settings:read"], "networks": ["192.0.2.0/24"], "expiresAt": "{{end:O}}"}""");
        var (stronger, _) = await NewAsync(admin, tenant, """{"name": "Strong", "scopes": ["tenant:admin"]}""");
        var robot = From(text, "192.0.2.9");

        string Asking(string networks, DateTimeOffset until) => $$"""{"name": "Child", "scopes": ["settings:read"], "networks": {{networks}}, "expiresAt": "{{until:O}}"}""";
        await robot.PostJsonAsync($"{tenant.Api}/tokens", Asking("null", end)).FieldErrorAsync("networks");
        await robot.PostJsonAsync($"{tenant.Api}/tokens", Asking("""["192.0.0.0/16"]""", end)).FieldErrorAsync("networks");
        await robot.PostJsonAsync($"{tenant.Api}/tokens", Asking("""["192.0.2.128/25"]""", end.AddDays(1))).FieldErrorAsync("expiresAt");
        await robot.PostJsonAsync($"{tenant.Api}/tokens", Asking("""["192.0.2.128/25"]""", end)).JsonAsync(HttpStatusCode.Created);
        await robot.MergePatchAsync(own, """{"networks": null}""").FieldErrorAsync("networks");
        await robot.MergePatchAsync(own, $$"""{"expiresAt": "{{end.AddDays(1):O}}"}""").FieldErrorAsync("expiresAt");
        await robot.PostJsonAsync($"{stronger}/rotate", "{}").ProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_platform_administrator_who_is_no_member_makes_no_token_here()
    {
        var tenant = await portal.NewTenantAsync();
        var platform = await portal.PlatformApiAsync();
        using var entered = await platform.GetAsync(tenant.Api, Cancel);
        using var answer = await platform.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "x", "scopes": ["settings:read"]}""");
        Assert.True(answer.StatusCode is HttpStatusCode.Conflict or HttpStatusCode.Forbidden or HttpStatusCode.NotFound, $"{answer.StatusCode}");
    }

    [Theory]
    [InlineData("/api/v1/tenants?access_token={0}")]
    [InlineData("/sign-in?token={0}")]
    [InlineData("/{0}")]
    [InlineData("/sign-in?x=%61{1}")]
    public async Task A_token_in_an_address_is_refused_even_a_valid_one(string address)
    {
        var tenant = await portal.NewTenantAsync();
        var text = await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        using var answer = await portal.Api(text).GetAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, text, text[1..]), Cancel);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("token-in-address", body);
        Assert.DoesNotContain(text[4..], body);
    }

    [Fact]
    public void Whoever_a_route_lets_in_may_also_make_a_token_for_it()
    {
        var wrong =
            from route in portal.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            let scope = route.Metadata.GetMetadata<RequiredScope>()?.Scope
            from policy in route.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(a => a.Policy).OfType<string>().TakeLast(1)
            from role in Policies.TenantRoles.GetValueOrDefault(policy) ?? []
            where scope is not null && !Scopes.Of(role).Contains(scope)
            select $"{role} may {route.DisplayName}, but make no token for {scope}.";
        Assert.Empty(wrong);
    }

    private HttpClient From(string token, string address)
    {
        var client = portal.Api(token);
        client.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        return client;
    }

    private async Task<(TestTenant Tenant, HttpClient Admin)> AdminAsync()
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    private static async Task<(string Path, string Token)> NewAsync(HttpClient client, TestTenant tenant, string json)
    {
        var created = await client.PostJsonAsync($"{tenant.Api}/tokens", json).JsonAsync(HttpStatusCode.Created);
        return ($"{tenant.Api}/tokens/{created.GetProperty("id").GetString()}", created.GetProperty("token").GetString()!);
    }

    private static async Task RevokeAsync(HttpClient client, string path)
    {
        using var revoked = await client.SendJsonAsync(HttpMethod.Delete, path, ifMatch: (await client.ETagAsync(path)).ToString());
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
    }
}
