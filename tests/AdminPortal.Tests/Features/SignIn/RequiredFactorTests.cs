using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>A tenant asks for a second factor: nothing of it is shown to a session that has one only.</summary>
public sealed class RequiredFactorTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public RequiredFactorTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PortalRole.TenantAdmin)]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    public async Task A_member_without_one_is_led_to_set_it_up_and_then_goes_on(PortalRole role)
    {
        var tenant = await StrictTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));
        using var start = await browser.GetAsync("/");
        Assert.Equal(tenant.Pages, start.Headers.Location?.ToString());
        foreach (var page in new[] { tenant.Pages, $"{tenant.Pages}/mailboxes?search=a" })
        {
            using var led = await browser.GetAsync(page);
            Assert.Equal($"/account/two-factor?returnUrl={Uri.EscapeDataString(page)}", led.Headers.Location?.ToString());
        }
        Assert.Contains("asks for a second factor", await browser.ReadAsync($"/account/two-factor?returnUrl={tenant.Pages}"), StringComparison.Ordinal);

        await browser.SetUpPhoneAsync(time);
        await browser.ReadAsync(tenant.Pages);
        using var api = await browser.Client.GetAsync(tenant.Api, Cancel);
        Assert.Equal(HttpStatusCode.OK, api.StatusCode);
    }

    [Fact]
    public async Task The_api_says_why_to_a_session_and_shows_nothing()
    {
        var tenant = await StrictTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        foreach (var path in new[] { tenant.Api, $"{tenant.Api}/mailboxes", $"{tenant.Api}/audit-events", $"/api/v1/tenants/{tenant.Id}" })
            Assert.Equal("second-factor-required", await browser.Client.GetAsync(path, Cancel).ProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task A_mailbox_owner_is_led_there_too()
    {
        var tenant = await StrictTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        using var browser = await portal.SignInAsync(owner);
        using var start = await browser.GetAsync("/");
        Assert.Equal("/my", start.Headers.Location?.ToString());
        using var led = await browser.GetAsync("/my");
        Assert.Equal("/account/two-factor?returnUrl=%2Fmy", led.Headers.Location?.ToString());
        Assert.Equal("second-factor-required", await browser.Client.GetAsync("/api/v1/me", Cancel).ProblemAsync(HttpStatusCode.Forbidden));

        await browser.SetUpPhoneAsync(time);
        Assert.Contains(owner.UserName, await browser.ReadAsync("/my"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "/account/two-factor?returnUrl=%2Fmy%3Ftenant%3D{0}", "second-factor-required")]
    [InlineData(false, "/sign-in?tenant={0}&returnUrl=%2Fmy%3Ftenant%3D{0}", "own-sign-in-required")]
    public async Task An_owner_of_several_mailboxes_is_led_to_what_opens_the_closed_one_and_uses_the_others(bool byFactor, string door, string problem)
    {
        var (open, closed, foreign) = (await portal.NewTenantAsync(), await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var owner = await portal.NewPersonAsync(open, PortalRole.MailboxOwner);
        await portal.NewMailboxAsync(closed, more: m => m.UserId = owner.Id);
        await portal.NewPersonAsync(foreign, PortalRole.MailboxOwner);
        await (byFactor ? RequireAsync(closed) : RefusePasswordsAsync(closed));
        using var browser = await portal.SignInAsync(owner);

        var mine = await browser.OpenAsync("/my");
        Assert.Contains(owner.UserName, mine.Body!.Says(), StringComparison.Ordinal);
        var link = mine.QuerySelector($"a[href='/my?tenant={closed.Slug}']")!;
        using var led = await browser.GetAsync(link.GetAttribute("href")!);
        Assert.Equal(string.Format(door, closed.Slug), led.Headers.Location?.ToString());
        Assert.Equal(problem, await browser.Client.GetAsync($"/api/v1/me?tenant={closed.Slug}", Cancel).ProblemAsync(HttpStatusCode.Forbidden));
        await browser.ReadAsync($"/my?tenant={open.Slug}");

        // Where somebody owns nothing stays where nothing is.
        foreach (var nowhere in new[] { foreign.Slug, "no-such-tenant" })
        {
            using var missing = await browser.GetAsync($"/my?tenant={nowhere}");
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
            await browser.Client.GetAsync($"/api/v1/me?tenant={nowhere}", Cancel).ProblemAsync(HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task An_owner_whose_only_mailbox_asks_for_the_organisations_own_sign_in_is_led_there()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner));
        await RefusePasswordsAsync(tenant);

        using var led = await browser.GetAsync("/my");

        Assert.Equal($"/sign-in?tenant={tenant.Slug}&returnUrl=%2Fmy", led.Headers.Location?.ToString());
        Assert.Equal("own-sign-in-required", await browser.Client.GetAsync("/api/v1/me", Cancel).ProblemAsync(HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Who_signs_in_with_a_code_is_let_in_at_once_and_without_the_app_no_longer()
    {
        var tenant = await StrictTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        Phone phone;
        using (var first = await portal.SignInAsync(person)) (phone, _) = await first.SetUpPhoneAsync(time);

        using var browser = await portal.SignInAsync(person, phone.NextCode());
        await browser.ReadAsync(tenant.Pages);
        using var removed = await browser.PostAsync($"{OwnAccount.TwoFactor}?handler=Remove", [], OwnAccount.TwoFactor);
        using var led = await browser.GetAsync(tenant.Pages);
        Assert.StartsWith("/account/two-factor", led.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_tenant_of_the_same_person_is_not_concerned()
    {
        var (strict, easy) = (await StrictTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(strict, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(easy, person, PortalRole.TenantAdmin);
        using var browser = await portal.SignInAsync(person);
        await browser.ReadAsync(easy.Pages);
        using var led = await browser.GetAsync(strict.Pages);
        Assert.Equal(HttpStatusCode.Redirect, led.StatusCode);
    }

    [Fact]
    public async Task A_stranger_still_finds_nothing_there()
    {
        var (strict, own) = (await StrictTenantAsync(), await portal.NewTenantAsync());
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(own, PortalRole.TenantAdmin));
        using var foreign = await browser.GetAsync(strict.Pages);
        using var missing = await browser.GetAsync("/t/nowhere");
        Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task A_rule_that_is_made_while_somebody_works_counts_at_the_next_click()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Helpdesk));
        await browser.ReadAsync(tenant.Pages);
        await RequireAsync(tenant);
        using var led = await browser.GetAsync(tenant.Pages);
        Assert.StartsWith("/account/two-factor", led.Headers.Location?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_goes_on_as_its_scope_is_its_proof()
    {
        var tenant = await StrictTenantAsync();
        var api = await portal.ApiAsync(tenant, PortalRole.Auditor);
        await api.GetAsync(tenant.Api, Cancel).JsonAsync();
    }

    private async Task<TestTenant> StrictTenantAsync()
    {
        var tenant = await portal.NewTenantAsync();
        await RequireAsync(tenant);
        return tenant;
    }

    private Task<int> RequireAsync(TestTenant tenant) => SetAsync(tenant, policy => policy with { RequireSecondFactor = true });

    private Task<int> RefusePasswordsAsync(TestTenant tenant) => SetAsync(tenant, policy => policy with { PasswordSignIn = PasswordSignIn.Refused });

    private Task<int> SetAsync(TestTenant tenant, Func<SignInPolicy, SignInPolicy> change) => portal.LookAsync(tenant, async db =>
    {
        var row = await db.Tenants.SingleAsync(t => t.Id == tenant.Id, Cancel);
        row.SignIn = change(row.SignIn);
        return await db.SaveChangesAsync(Cancel);
    });
}
