using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>How an installation without the demonstration comes to its first organisation.</summary>
public sealed class NewTenantPageTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const string Page = "/tenants/new";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_platform_administrator_makes_an_organisation_with_its_domain_and_is_led_to_it()
    {
        using var browser = await portal.SignInAsync(await portal.NewPlatformAdminAsync());
        Assert.Contains($"href=\"{Page}\"", await browser.ReadAsync("/"));

        var slug = PortalFactory.NewName("northwind");
        using var made = await browser.PostAsync(Page, Form(slug, $"{slug}.Example"));
        Assert.Equal($"/t/{slug}", made.Headers.Location?.ToString());
        Assert.Contains("Northwind", await browser.ReadAsync($"/t/{slug}"));
        Assert.Contains($"{slug}.example", await (await browser.GetAsync($"/api/v1/tenants/{slug}/domains")).Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task What_is_wrong_is_told_at_its_field_and_nothing_is_made()
    {
        var other = await portal.NewTenantAsync();
        var slug = PortalFactory.NewName("refused");
        using var browser = await portal.SignInAsync(await portal.NewPlatformAdminAsync());

        Assert.Contains("Another organisation has this short name.", await RefusedAsync(browser, Form(other.Slug, $"{slug}.example")));
        Assert.Contains("This domain belongs to an organisation already.", await RefusedAsync(browser, Form(slug, other.Domain)));
        Assert.Contains("This is not a domain name", await RefusedAsync(browser, Form(slug, "no domain")));
        Assert.Contains("Use lower-case letters", await RefusedAsync(browser, Form("Two Words", $"{slug}.example")));
        using var none = await browser.GetAsync($"/t/{slug}");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task Nobody_else_may()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        using var answer = await browser.GetAsync(Page);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private static Dictionary<string, string> Form(string slug, string domain) => new() { ["Name"] = "Northwind", ["Slug"] = slug, ["Domain"] = domain };

    private static async Task<string> RefusedAsync(Browser browser, Dictionary<string, string> form)
    {
        using var answer = await browser.PostAsync(Page, form);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Cancel);
    }
}
