using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>A platform administrator sees a tenant's data only after entering it, which its administrators read in their audit trail.</summary>
public sealed class TenantVisitTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider clock;

    public TenantVisitTests(PortalFactory portal) => (this.portal, clock) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Until_they_enter_no_page_and_no_call_shows_them_anything_and_nothing_is_on_record()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        foreach (var page in new[] { "", "/mailboxes?search=secret", "/audit", "/settings/members" })
        {
            using var answer = await browser.GetAsync(tenant.Pages + page);
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            Assert.Equal($"/tenants/{tenant.Slug}/enter?returnUrl={Uri.EscapeDataString(tenant.Pages + page)}", answer.Headers.Location?.ToString());
        }
        foreach (var call in new[] { "", "/mailboxes", "/audit-events", "/members" })
            Assert.Equal("tenant-not-entered", await browser.Client.GetAsync(tenant.Api + call, Cancel).ProblemAsync(HttpStatusCode.Forbidden));
        Assert.DoesNotContain(await portal.AuditAsync(tenant), e => e.Action == AuditActions.TenantEntered);
    }

    [Fact]
    public async Task A_change_is_not_carried_out_by_somebody_who_has_not_entered()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        using var posted = await browser.PostAsync($"{tenant.Pages}/settings/members?handler=Invite", new() { ["Address"] = "friend@portal.example", ["Role"] = "TenantAdmin" }, "/sign-out");
        Assert.StartsWith($"/tenants/{tenant.Slug}/enter", posted.Headers.Location?.ToString(), StringComparison.Ordinal);
        using var part = new HttpRequestMessage(HttpMethod.Get, $"{tenant.Pages}/mailboxes");
        part.Headers.Add("HX-Request", "true");
        using var swapped = await browser.Client.SendAsync(part, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, swapped.StatusCode);
        Assert.StartsWith($"/tenants/{tenant.Slug}/enter", Assert.Single(swapped.Headers.GetValues("HX-Redirect")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_enters_is_on_record_with_the_reason_led_on_and_reminded_on_every_page()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPlatformAdminAsync();
        using var browser = await portal.SignInAsync(admin);
        var entrance = $"/tenants/{tenant.Slug}/enter?returnUrl={Uri.EscapeDataString($"{tenant.Pages}/mailboxes")}";
        using var entered = await browser.PostAsync(entrance, new() { ["Reason"] = "  ticket 4711 " });
        Assert.Equal($"{tenant.Pages}/mailboxes", entered.Headers.Location?.ToString());
        Assert.Contains($"You are in {tenant.Slug} as platform administrator", (await browser.OpenAsync($"{tenant.Pages}/mailboxes")).QuerySelector("form.visit").Says(), StringComparison.Ordinal);
        await browser.Client.GetAsync(tenant.Api, Cancel).JsonAsync();

        var record = Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.TenantEntered);
        Assert.Equal((admin.UserName, "ticket 4711"), (record.ActorName, record.Reason));
    }

    [Fact]
    public async Task Leaving_ends_it_at_once_and_is_on_record()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.VisitAsync(tenant);
        using var left = await browser.PostAsync($"/tenants/{tenant.Slug}/enter?handler=Leave", [], tenant.Pages);
        Assert.Equal("/", left.Headers.Location?.ToString());
        using var after = await browser.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.Redirect, after.StatusCode);
        Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.TenantLeft);
    }

    [Fact]
    public async Task A_visit_is_over_by_itself_and_belongs_to_one_session_and_one_tenant()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.NewPlatformAdminAsync();
        using var browser = await portal.VisitAsync(tenant, admin);
        using var second = await portal.SignInAsync(admin);
        foreach (var (who, where) in new[] { (second, tenant), (browser, other) })
        {
            using var refused = await who.GetAsync(where.Pages);
            Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        }

        await browser.ReadAsync(tenant.Pages);
        clock.Advance(TenantVisits.Lasts);
        using var late = await browser.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.Redirect, late.StatusCode);
    }

    [Fact]
    public async Task A_platform_token_says_where_it_goes_and_is_on_record_once_for_each_visit()
    {
        var tenant = await portal.NewTenantAsync();
        var platform = await portal.PlatformApiAsync();
        foreach (var _ in Enumerable.Range(0, 3)) await platform.GetAsync(tenant.Api, Cancel).JsonAsync();
        Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.TenantEntered);
        clock.Advance(TenantVisits.Lasts);
        await platform.GetAsync(tenant.Api, Cancel).JsonAsync();
        Assert.Equal(2, (await portal.AuditAsync(tenant)).Count(e => e is { Action: AuditActions.TenantEntered, ActorKind: ActorKind.Token }));
    }

    [Fact]
    public async Task Nobody_else_has_an_entrance_and_a_tenant_that_is_not_there_has_none()
    {
        var (tenant, mine) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var foreign = await portal.SignInAsync(await portal.NewPersonAsync(mine, PortalRole.TenantAdmin));
        using var refused = await foreign.GetAsync($"/tenants/{tenant.Slug}/enter");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var page = await foreign.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        using var admin = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        using var missing = await admin.GetAsync("/tenants/nobody-s/enter");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task The_way_on_never_leads_to_another_site()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        using var entered = await browser.PostAsync($"/tenants/{tenant.Slug}/enter?returnUrl=https%3A%2F%2Fevil.example", []);
        Assert.Equal(tenant.Pages, entered.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_helpdesk_who_also_administers_the_platform_stays_helpdesk_until_they_enter()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPlatformAdminAsync();
        await portal.AddMemberAsync(tenant, admin, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(admin);
        Assert.Null((await browser.OpenAsync(tenant.Pages)).QuerySelector("form.visit"));
        using var settings = await browser.GetAsync($"{tenant.Pages}/audit");
        Assert.Equal(HttpStatusCode.Forbidden, settings.StatusCode);
        using var entered = await browser.PostAsync($"/tenants/{tenant.Slug}/enter", []);
        await browser.ReadAsync($"{tenant.Pages}/audit");
    }
}
