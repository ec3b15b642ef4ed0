using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>Setting a provider up, relying on it, and not locking oneself out with it.</summary>
public sealed class ProviderSettingsTests : IClassFixture<PortalFactory>, IAsyncLifetime
{
    private static readonly (string, string, string)[] Rules = [("groups", "mail-admins", "tenantAdmin")];
    private readonly PortalFactory portal;
    private TestIssuer issuer = null!;

    public ProviderSettingsTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("OpenIdConnect:AllowLoopback", "true");
        portal.Set("OpenIdConnect:Patience", "00:01:00");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    [Fact]
    public async Task The_secret_goes_in_and_never_comes_out()
    {
        const string canary = "canary-of-a-client-secret";
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var admin = await portal.ApiAsync(contoso.Tenant, PortalRole.TenantAdmin);

        var changed = await admin.MergePatchAsync(contoso.Provider, $$"""{"clientSecret": "{{canary}}"}""").JsonAsync();
        Assert.True(changed.GetProperty("hasSecret").GetBoolean());

        var list = await admin.GetStringAsync($"{contoso.Tenant.Api}/sign-in-providers", Cancel);
        var trail = await admin.GetStringAsync($"{contoso.Tenant.Api}/audit-events?limit=500", Cancel);
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin));
        var page = await browser.ReadAsync($"{contoso.Tenant.Pages}/settings/sign-in/{contoso.ProviderId}");
        Assert.All([list, trail, page, changed.GetRawText()], text => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
        Assert.All([list, trail, page], text => Assert.DoesNotContain(TestIssuer.Secret, text, StringComparison.Ordinal));
        Assert.Contains("\"clientSecret\":\"changed\"", trail.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);

        var kept = await portal.LookAsync(contoso.Tenant, db => db.SignInProviders.Select(p => p.ProtectedSecret).SingleAsync(Cancel));
        Assert.DoesNotContain(canary, System.Text.Encoding.UTF8.GetString(kept!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_issuer_does_not_get_the_secret_that_was_kept_for_the_first()
    {
        await using var hostile = await TestIssuer.StartAsync();
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var admin = await portal.ApiAsync(contoso.Tenant, PortalRole.TenantAdmin);

        var moved = await admin.MergePatchAsync(contoso.Provider, $$"""{"issuer": "{{hostile.Address}}"}""").JsonAsync();
        hostile.Person = [("sub", "x"), ("groups", new[] { "mail-admins" })];
        Assert.Contains("does not hold", await contoso.BeRefusedAsync(), StringComparison.Ordinal);

        Assert.False(moved.GetProperty("hasSecret").GetBoolean());
        Assert.Equal([null], hostile.SecretsSeen);
    }

    [Fact]
    public async Task A_sealed_secret_that_was_moved_by_hand_does_not_open()
    {
        await using var hostile = await TestIssuer.StartAsync();
        var (contoso, fabrikam) = (await Organisation.NewAsync(portal, issuer, Rules), await Organisation.NewAsync(portal, hostile, Rules));
        await using (var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString))
        await using (var steal = source.CreateCommand("UPDATE sign_in_provider SET protected_secret = (SELECT protected_secret FROM sign_in_provider WHERE id = $1) WHERE id = $2"))
        {
            steal.Parameters.Add(new() { Value = contoso.ProviderId });
            steal.Parameters.Add(new() { Value = fabrikam.ProviderId });
            await steal.ExecuteNonQueryAsync(Cancel);
        }
        using var browser = portal.NewBrowser();

        using var answer = await browser.GetAsync(fabrikam.Button);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(hostile.SecretsSeen);
    }

    [Theory]
    [InlineData("""{"name": ""}""", "name")]
    [InlineData("""{"issuer": "http://login.example.org"}""", "issuer")]
    [InlineData("""{"issuer": "https://user:secret@login.example.org"}""", "issuer")]
    [InlineData("""{"issuer": "https://login.example.org/?a=b"}""", "issuer")]
    [InlineData("""{"issuer": "javascript:alert(1)"}""", "issuer")]
    [InlineData("""{"clientId": null}""", "clientId")]
    [InlineData("""{"scopes": ["with space"]}""", "scopes")]
    [InlineData("""{"roles": [{"claim": "groups", "value": "x", "role": "platformAdmin"}]}""", "roles")]
    [InlineData("""{"roles": [{"claim": "groups", "value": "x", "role": "mailboxOwner"}]}""", "roles")]
    [InlineData("""{"roles": [{"claim": "", "value": "x", "role": "auditor"}]}""", "roles")]
    public async Task What_cannot_be_names_its_field(string patch, string field)
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var admin = await portal.ApiAsync(contoso.Tenant, PortalRole.TenantAdmin);

        Assert.NotEmpty(await admin.MergePatchAsync(contoso.Provider, patch).FieldErrorAsync(field));
    }

    [Fact]
    public async Task Not_even_the_database_takes_a_rule_that_grants_the_platform()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        await using var source = NpgsqlDataSource.Create(portal.Database.OwnerConnectionString);
        await using var command = source.CreateCommand("UPDATE sign_in_role_rule SET role = 5 WHERE tenant_id = $1");
        command.Parameters.Add(new() { Value = contoso.Tenant.Id });

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    public async Task A_foreign_tenants_provider_is_not_there()
    {
        var (contoso, other) = (await Organisation.NewAsync(portal, issuer), await portal.NewTenantAsync());
        var stranger = await portal.ApiAsync(other, PortalRole.TenantAdmin);
        using var browser = portal.NewBrowser();

        Assert.Equal("not-found", await stranger.GetAsync(contoso.Provider, Cancel).ProblemAsync(HttpStatusCode.NotFound));
        Assert.Equal("not-found", await stranger.GetAsync($"{other.Api}/sign-in-providers/{contoso.ProviderId}", Cancel).ProblemAsync(HttpStatusCode.NotFound));
        using var button = await browser.GetAsync($"/sign-in/with/{other.Slug}/{contoso.ProviderId}");
        Assert.Equal(HttpStatusCode.NotFound, button.StatusCode);
    }

    [Fact]
    public async Task Passwords_are_refused_only_after_the_administrators_own_sign_in_worked_and_then_open_nothing()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var person = await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin);
        var api = portal.Api(await portal.NewTokenAsync(person, contoso.Tenant));
        using var browser = await portal.SignInAsync(person);
        Assert.Equal("conflict", await RefusePasswordsAsync(api, contoso).ProblemAsync(HttpStatusCode.Conflict));

        issuer.Person = [("sub", "me"), ("name", "Me")];
        using var tried = await contoso.SignInAsync(browser, "?trial=true");
        Assert.Contains("It works", (await browser.OpenAsync(tried.Headers.Location!.ToString())).Body!.Says(), StringComparison.Ordinal);
        await RefusePasswordsAsync(api, contoso).JsonAsync();

        using var byPassword = await browser.GetAsync(contoso.Tenant.Pages);
        Assert.StartsWith($"/sign-in?tenant={contoso.Tenant.Slug}", byPassword.Headers.Location?.ToString(), StringComparison.Ordinal);
        Assert.Equal("own-sign-in-required", await browser.Client.GetAsync(contoso.Tenant.Api, Cancel).ProblemAsync(HttpStatusCode.Forbidden));
        using var byIssuer = await contoso.ComeInAsync();
        using var inside = await byIssuer.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
        using var platform = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        using var entering = await platform.PostAsync($"/tenants/{contoso.Tenant.Slug}/enter", []);
        using var helping = await platform.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, helping.StatusCode);
    }

    [Fact]
    public async Task Another_administrators_trial_is_not_ones_own()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin));
        using var tried = await contoso.SignInAsync(browser, "?trial=true");
        var other = await portal.ApiAsync(contoso.Tenant, PortalRole.TenantAdmin);

        Assert.Equal("conflict", await RefusePasswordsAsync(other, contoso).ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_trial_belongs_to_who_began_it_and_to_administrators_alone()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "x"), ("groups", new[] { "mail-admins" })];
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin));
        var answer = await contoso.ToIssuerAsync(admin, "?trial=true");
        using var signedOut = await admin.PostAsync("/sign-out", []);
        Assert.Contains("Begin again", await contoso.BeRefusedAsync(admin, answer), StringComparison.Ordinal);

        using var helpdesk = await portal.SignInAsync(await portal.NewPersonAsync(contoso.Tenant, PortalRole.Helpdesk));
        using var refused = await helpdesk.GetAsync($"{contoso.Button}?trial=true");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
    }

    [Theory]
    [InlineData("""{"enabled": false}""")]
    [InlineData("""{"clientId": "another"}""")]
    [InlineData("""{"clientSecret": null}""")]
    [InlineData("""{"roles": []}""")]
    [InlineData("delete")]
    public async Task The_one_way_in_that_is_left_is_not_closed(string change)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var person = await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin);
        var api = portal.Api(await portal.NewTokenAsync(person, contoso.Tenant));
        using var browser = await portal.SignInAsync(person);
        using var tried = await contoso.SignInAsync(browser, "?trial=true");
        await RefusePasswordsAsync(api, contoso).JsonAsync();

        Assert.Equal("conflict", await ChangeAsync().ProblemAsync(HttpStatusCode.Conflict));
        await api.MergePatchAsync($"{contoso.Tenant.Api}/sign-in-policy", """{"passwordSignIn": "allowed"}""").JsonAsync();
        using var allowed = await ChangeAsync();
        Assert.True(allowed.IsSuccessStatusCode);

        async Task<HttpResponseMessage> ChangeAsync() => change == "delete"
            ? await api.SendJsonAsync(HttpMethod.Delete, contoso.Provider, ifMatch: (await api.ETagAsync(contoso.Provider)).ToString())
            : await api.MergePatchAsync(contoso.Provider, change);
    }

    [Fact]
    public async Task A_change_that_could_break_a_provider_takes_back_that_it_was_tried()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var person = await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin);
        var api = portal.Api(await portal.NewTokenAsync(person, contoso.Tenant));
        using var browser = await portal.SignInAsync(person);
        using var tried = await contoso.SignInAsync(browser, "?trial=true");

        var renamed = await api.MergePatchAsync(contoso.Provider, """{"name": "Renamed"}""").JsonAsync();
        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, renamed.GetProperty("provenAt").ValueKind);
        var moved = await api.MergePatchAsync(contoso.Provider, """{"clientId": "another"}""").JsonAsync();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, moved.GetProperty("provenAt").ValueKind);
        Assert.Equal("conflict", await RefusePasswordsAsync(api, contoso).ProblemAsync(HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("off")]
    [InlineData("gone")]
    public async Task When_a_provider_is_off_or_gone_the_sessions_that_it_vouched_for_are_over(string what)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "mail-admins" })];
        using var browser = await contoso.ComeInAsync();
        var api = await portal.ApiAsync(contoso.Tenant, PortalRole.TenantAdmin);

        using var changed = what == "off"
            ? await api.MergePatchAsync(contoso.Provider, """{"enabled": false}""")
            : await api.SendJsonAsync(HttpMethod.Delete, contoso.Provider, ifMatch: (await api.ETagAsync(contoso.Provider)).ToString());

        Assert.True(changed.IsSuccessStatusCode);
        using var page = await browser.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        if (what == "gone") Assert.DoesNotContain(await portal.LookAsync(contoso.Tenant, db => db.Members.ToListAsync(Cancel)), m => m.ProviderId is not null);
        using var button = await portal.NewBrowser().GetAsync(contoso.Button);
        Assert.Equal(HttpStatusCode.NotFound, button.StatusCode);
    }

    [Fact]
    public async Task The_page_adds_a_provider_keeps_its_secret_and_removes_it()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var pages = $"{tenant.Pages}/settings/sign-in";
        var fields = new Dictionary<string, string>
        {
            ["Input.Name"] = "Staff", ["Input.Issuer"] = issuer.Address, ["Input.ClientId"] = "portal", ["Input.Secret"] = "first", ["Input.Scopes"] = "profile  email",
            ["Input.AddressTrust"] = "VerifiedClaim", ["Input.Enabled"] = "true", ["Input.Roles[0].Claim"] = "groups", ["Input.Roles[0].Value"] = "mail-admins", ["Input.Roles[0].Role"] = "TenantAdmin",
        };
        using var wrong = await browser.PostAsync($"{pages}/new?handler=Save", new(fields) { ["Input.Issuer"] = "http://login.example.org" }, $"{pages}/new");
        Assert.Contains("https address", await wrong.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        using var made = await browser.PostAsync($"{pages}/new?handler=Save", fields, $"{pages}/new");
        var list = await browser.OpenAsync(made.Headers.Location!.ToString());
        var page = list.LinkOf("Staff")!;
        Assert.Contains("Not tried yet", list.Body!.Says(), StringComparison.Ordinal);
        var provider = await ProviderAsync(tenant);
        Assert.Equal(("groups", "mail-admins", PortalRole.TenantAdmin), provider.Roles.Select(r => (r.Claim, r.Value, r.Role)).Single());

        using var renamed = await browser.PostAsync($"{page}?handler=Save", new(fields) { ["Input.Name"] = "Everybody", ["Input.Secret"] = "", ["version"] = $"{provider.Version}" }, page);
        Assert.Equal(HttpStatusCode.Redirect, renamed.StatusCode);
        var now = await ProviderAsync(tenant);
        Assert.Equal(("Everybody", true), (now.Name, now.ProtectedSecret!.SequenceEqual(provider.ProtectedSecret!)));

        using var deleted = await browser.PostAsync($"{page}?handler=Delete", new() { ["version"] = $"{now.Version}" }, page);
        Assert.Contains("removed", (await browser.OpenAsync(deleted.Headers.Location!.ToString())).Body!.Says(), StringComparison.Ordinal);
        Assert.Equal(0, await portal.LookAsync(tenant, db => db.SignInProviders.CountAsync(Cancel)));
    }

    private Task<SignInProvider> ProviderAsync(TestTenant tenant) =>
        portal.LookAsync(tenant, db => db.SignInProviders.AsNoTracking().Include(p => p.Roles).SingleAsync(Cancel));

    private static Task<HttpResponseMessage> RefusePasswordsAsync(HttpClient admin, Organisation of) =>
        admin.MergePatchAsync($"{of.Tenant.Api}/sign-in-policy", """{"passwordSignIn": "refused"}""");
}
