using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.TenantSignIn;

public sealed class SignInPolicyTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_tenant_asks_for_nothing_more_than_a_password()
    {
        var tenant = await portal.NewTenantAsync();
        var auditor = await portal.ApiAsync(tenant, PortalRole.Auditor);

        var policy = await auditor.GetAsync($"{tenant.Api}/sign-in-policy", Cancel).JsonAsync();

        Assert.Equal("""{"requireSecondFactor":false,"passwordSignIn":"allowed"}""", policy.GetRawText());
    }

    [Fact]
    public async Task An_administrator_asks_for_a_second_factor_and_takes_it_back_on_record()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var path = $"{tenant.Api}/sign-in-policy";

        var asked = await admin.MergePatchAsync(path, """{"requireSecondFactor": true}""").JsonAsync();
        Assert.True(asked.GetProperty("requireSecondFactor").GetBoolean());
        Assert.False((await admin.MergePatchAsync(path, """{"requireSecondFactor": null}""").JsonAsync()).GetProperty("requireSecondFactor").GetBoolean());

        var entries = (await portal.AuditAsync(tenant)).Where(e => e.Action == AuditActions.SignInPolicyChanged).ToList();
        Assert.Equal([true, false], entries.Select(e => e.After!.RootElement.GetProperty("requireSecondFactor").GetBoolean()));
    }

    [Fact]
    public async Task Who_saw_an_earlier_version_changes_nothing()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var path = $"{tenant.Api}/sign-in-policy";
        var seen = (await admin.ETagAsync(path)).ToString();
        using var first = await admin.MergePatchAsync(path, """{"requireSecondFactor": true}""", seen);

        Assert.Equal("precondition-failed", await admin.MergePatchAsync(path, """{"requireSecondFactor": false}""", seen).ProblemAsync(HttpStatusCode.PreconditionFailed));
        Assert.Equal("precondition-required", await admin.SendJsonAsync(HttpMethod.Patch, path, "{}", contentType: "application/merge-patch+json").ProblemAsync(HttpStatusCode.PreconditionRequired));
    }

    [Fact]
    public async Task Passwords_are_not_refused_while_nobody_could_get_in_otherwise()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);

        Assert.Equal("conflict", await admin.MergePatchAsync($"{tenant.Api}/sign-in-policy", """{"passwordSignIn": "refused"}""").ProblemAsync(HttpStatusCode.Conflict));

        var policy = await portal.LookAsync(tenant, async db => (await db.Tenants.FindAsync([tenant.Id], Cancel))!.SignIn);
        Assert.Equal(SignInPolicy.Default, policy);
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    public async Task Nobody_else_changes_it(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        var caller = await portal.ApiAsync(tenant, role);

        Assert.Equal("forbidden", await caller.MergePatchAsync($"{tenant.Api}/sign-in-policy", """{"requireSecondFactor": true}""").ProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task The_page_saves_it_and_says_so()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = await browser.OpenAsync($"{tenant.Pages}/settings/sign-in");
        var version = page.QuerySelector("input[name=version]")!.GetAttribute("value")!;

        using var saved = await browser.PostAsync($"{tenant.Pages}/settings/sign-in?handler=Policy", new() { ["version"] = version, ["secondFactor"] = "true" }, $"{tenant.Pages}/settings/sign-in");
        // Who made the rule has no second factor yet, and is asked for one at once.
        using var led = await browser.GetAsync(saved.Headers.Location!.ToString());
        var after = await browser.OpenAsync(led.Headers.Location!.ToString());

        Assert.Contains("Saved.", after.Body!.Says(), StringComparison.Ordinal);
        Assert.Contains("asks for a second factor", after.Body!.Says(), StringComparison.Ordinal);
        Assert.True((await portal.LookAsync(tenant, async db => (await db.Tenants.FindAsync([tenant.Id], Cancel))!.SignIn)).RequireSecondFactor);
    }

    [Fact]
    public async Task A_page_that_is_out_of_date_saves_nothing()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));

        using var refused = await browser.PostAsync($"{tenant.Pages}/settings/sign-in?handler=Policy", new() { ["version"] = "99", ["secondFactor"] = "true" }, $"{tenant.Pages}/settings/sign-in");
        var after = await browser.OpenAsync(refused.Headers.Location!.ToString());

        Assert.Contains("Somebody else changed this meanwhile.", after.Body!.Says(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_passwords_are_refused_a_session_by_password_opens_nothing_of_the_tenant_but_a_platform_administrator_gets_in()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(other, person, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person);
        using var platform = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        await portal.LookAsync(tenant, async db =>
        {
            (await db.Tenants.FindAsync([tenant.Id], Cancel))!.SignIn = SignInPolicy.Default with { PasswordSignIn = PasswordSignIn.Refused };
            return await db.SaveChangesAsync(Cancel);
        });

        using var api = await browser.Client.GetAsync(tenant.Api, Cancel);
        Assert.NotEqual(HttpStatusCode.OK, api.StatusCode);
        using var page = await browser.GetAsync(tenant.Pages);
        Assert.NotEqual(HttpStatusCode.OK, page.StatusCode);
        using var elsewhere = await browser.GetAsync(other.Pages);
        Assert.Equal(HttpStatusCode.OK, elsewhere.StatusCode);
        using var entering = await platform.PostAsync($"/tenants/{tenant.Slug}/enter", []);
        using var helper = await platform.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, helper.StatusCode);
    }
}
