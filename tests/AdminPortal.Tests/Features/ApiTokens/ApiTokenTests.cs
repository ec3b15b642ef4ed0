using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.ApiTokens;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.ApiTokens;

public sealed class ApiTokenTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public ApiTokenTests(PortalFactory portal)
    {
        this.portal = portal;
        time = portal.UseTime();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_token_is_shown_once_works_and_is_stored_as_a_hash_alone()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var created = await admin.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "Sync", "scopes": ["settings:read"]}""").JsonAsync(HttpStatusCode.Created);
        var text = created.GetProperty("token").GetString()!;

        await portal.Api(text).GetAsync(tenant.Api, Cancel).JsonAsync();
        var shown = await admin.GetAsync($"{tenant.Api}/tokens/{created.GetProperty("id").GetString()}", Cancel).JsonAsync();
        Assert.False(shown.TryGetProperty("token", out _));
        Assert.StartsWith(shown.GetProperty("prefix").GetString()!, text);
        var stored = await portal.LookAsync(tenant, db => db.ApiTokens.SingleAsync(t => t.Name == "Sync", Cancel));
        Assert.Equal(TokenText.Hash(text), stored.Hash);
    }

    [Fact]
    public async Task The_creation_of_a_token_is_on_record_without_the_token()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var created = await admin.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "Sync", "scopes": ["me"]}""").JsonAsync(HttpStatusCode.Created);

        var entry = (await portal.AuditAsync(tenant)).Last(e => e.Action == AuditActions.TokenCreated);
        Assert.Equal("Sync", entry.Target);
        Assert.DoesNotContain(created.GetProperty("token").GetString()![15..], entry.After!.RootElement.ToString());
    }

    [Theory]
    [InlineData("Basic YTpi")]
    [InlineData("Bearer")]
    [InlineData("Bearer apt_tooshort")]
    public async Task What_is_no_token_is_refused_with_a_challenge(string authorization)
    {
        var tenant = await portal.NewTenantAsync();
        var client = portal.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await client.GetAsync(tenant.Api, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task A_mistyped_token_is_told_from_an_unknown_one_without_asking_the_database()
    {
        var token = TokenText.Make();
        Assert.True(TokenText.IsWellFormed(token));
        for (var place = TokenText.Beginning.Length; place < token.Length; place++)
        {
            var other = token[place] == 'x' ? 'y' : 'x';
            Assert.False(TokenText.IsWellFormed(token[..place] + other + token[(place + 1)..]));
        }
        var answer = await portal.Api(token).GetAsync("/api/v1/tenants", Cancel).JsonAsync(HttpStatusCode.Unauthorized);
        Assert.Contains("not known", answer.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_revoked_token_is_refused_at_its_next_call()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var created = await admin.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "Leaked", "scopes": ["settings:read"]}""").JsonAsync(HttpStatusCode.Created);
        var leaked = portal.Api(created.GetProperty("token").GetString()!);
        await leaked.GetAsync(tenant.Api, Cancel).JsonAsync();

        var path = $"{tenant.Api}/tokens/{created.GetProperty("id").GetString()}";
        using var revoked = await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: (await admin.ETagAsync(path)).ToString());
        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        var answer = await leaked.GetAsync(tenant.Api, Cancel).JsonAsync(HttpStatusCode.Unauthorized);
        Assert.Contains("revoked", answer.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_token_expires_to_the_second()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var end = time.GetUtcNow().AddHours(1);
        var created = await admin.PostJsonAsync(
            $"{tenant.Api}/tokens", $$"""{"name": "Short", "scopes": ["settings:read"], "expiresAt": "{{end:O}}"}""").JsonAsync(HttpStatusCode.Created);
        var client = portal.Api(created.GetProperty("token").GetString()!);

        time.Advance(TimeSpan.FromMinutes(59));
        await client.GetAsync(tenant.Api, Cancel).JsonAsync();
        time.Advance(TimeSpan.FromMinutes(1));
        await client.GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_may_do_what_its_scopes_name_and_is_told_what_it_lacks()
    {
        var tenant = await portal.NewTenantAsync();
        var client = portal.Api(await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant, Scopes.SettingsRead));
        await client.GetAsync(tenant.Api, Cancel).JsonAsync();

        using var answer = await client.PostJsonAsync($"{tenant.Api}/plans", """{"name": "More"}""");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("scope=\"tenant:admin\"", answer.Headers.WwwAuthenticate.ToString());
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    public async Task A_token_may_do_no_more_than_its_owners_role(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        var client = await portal.ApiAsync(tenant, role);
        await client.GetAsync(tenant.Api, Cancel).JsonAsync();
        await client.PostJsonAsync($"{tenant.Api}/plans", """{"name": "More"}""").ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_mailbox_owners_token_sees_nothing_of_the_tenant()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.ApiAsync(tenant, PortalRole.MailboxOwner);
        foreach (var path in new[] { tenant.Api, $"{tenant.Api}/plans", $"{tenant.Api}/domains", $"{tenant.Api}/tokens" })
            await owner.GetAsync(path, Cancel).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_tenants_token_does_not_reach_another_tenant_of_its_owner()
    {
        var (here, there) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(here, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(there, person, PortalRole.TenantAdmin);

        var client = portal.Api(await portal.NewTokenAsync(person, here));
        await client.GetAsync(there.Api, Cancel).ProblemAsync(HttpStatusCode.NotFound);
        var listed = await client.GetAsync("/api/v1/tenants", Cancel).JsonAsync();
        Assert.Equal([here.Slug], listed.GetProperty("items").EnumerateArray().Select(t => t.GetProperty("slug").GetString()));
    }

    [Fact]
    public async Task A_token_whose_owner_lost_the_role_reaches_nothing_any_more()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var client = portal.Api(await portal.NewTokenAsync(person, tenant));
        await client.GetAsync(tenant.Api, Cancel).JsonAsync();

        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteDeleteAsync(Cancel));
        await client.GetAsync(tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_token_cannot_hand_out_more_scopes_than_it_has()
    {
        var tenant = await portal.NewTenantAsync();
        var client = portal.Api(await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant, Scopes.TokensManage));
        var message = await client.PostJsonAsync($"{tenant.Api}/tokens", """{"name": "More", "scopes": ["access:write"]}""").FieldErrorAsync("scopes");
        Assert.Contains("access:write", message);
    }

    [Theory]
    [InlineData("""{"name": "", "scopes": ["me"]}""", "name")]
    [InlineData("""{"name": "x", "scopes": []}""", "scopes")]
    [InlineData("""{"name": "x", "scopes": ["everything"]}""", "scopes")]
    [InlineData("""{"name": "x", "scopes": ["me"], "expiresAt": "2020-01-01T00:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name": "x"}""", "scopes")]
    [InlineData("""{"name": "x", "scopes": ["me"], "userId": "0"}""", "userId")]
    public async Task A_wrong_request_names_its_field(string json, string field)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        Assert.NotEmpty(await admin.PostJsonAsync($"{tenant.Api}/tokens", json).FieldErrorAsync(field));
    }

    [Fact]
    public async Task The_list_is_newest_first_and_pages_without_holes()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        foreach (var name in new[] { "one", "two", "three" })
            await admin.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "{{name}}", "scopes": ["me"]}""").JsonAsync(HttpStatusCode.Created);

        var names = new List<string>();
        for (var path = $"{tenant.Api}/tokens?limit=2"; path is not null;)
        {
            using var answer = await admin.GetAsync(path, Cancel);
            var page = await Task.FromResult(answer).JsonAsync();
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(t => t.GetProperty("name").GetString()!));
            path = answer.Headers.TryGetValues("Link", out var links) ? links.Single().Split('<', '>')[1] : null;
        }
        Assert.Equal(["three", "two", "one"], names.Take(3));
        Assert.Equal(4, names.Count);
    }

    [Fact]
    public async Task The_last_use_is_noted()
    {
        var tenant = await portal.NewTenantAsync();
        var token = await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        await portal.Api(token).GetAsync(tenant.Api, Cancel).JsonAsync();
        var hash = TokenText.Hash(token);
        Assert.NotNull(await portal.LookAsync(tenant, db => db.ApiTokens.Where(t => t.Hash == hash).Select(t => t.LastUsedAt).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task Only_somebody_who_administers_the_platform_can_have_a_token_for_it()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.TenantAdmin);
        await Assert.ThrowsAsync<InvalidOperationException>(() => portal.NewTokenAsync(person, null));
    }

    [Fact]
    public void Tokens_differ_and_are_of_letters_and_digits()
    {
        var tokens = Enumerable.Range(0, 1_000).Select(_ => TokenText.Make()).ToHashSet();
        Assert.Equal(1_000, tokens.Count);
        Assert.All(tokens, token => Assert.True(Encoding.ASCII.GetByteCount(token) == 53 && token[4..].All(char.IsAsciiLetterOrDigit)));
    }
}
