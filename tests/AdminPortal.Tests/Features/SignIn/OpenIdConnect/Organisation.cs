using System.Net;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>A tenant with a provider, and people's browsers that go there and back.</summary>
internal sealed class Organisation(PortalFactory portal, TestTenant tenant, Guid providerId)
{
    private static readonly HttpClient Outside = new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public TestTenant Tenant => tenant;

    public Guid ProviderId => providerId;

    public string Provider => $"{tenant.Api}/sign-in-providers/{providerId}";

    /// <summary>What its button leads to.</summary>
    public string Button => $"/sign-in/with/{tenant.Slug}/{providerId}";

    /// <param name="portal">With <c>OpenIdConnect:AllowLoopback</c>.</param>
    /// <param name="issuer">Who vouches for its people.</param>
    /// <param name="rules">Which claims give which role.</param>
    /// <param name="addressTrust">As in the API.</param>
    public static async Task<Organisation> NewAsync(
        PortalFactory portal, TestIssuer issuer, (string Claim, string Value, string Role)[]? rules = null, string? addressTrust = null)
    {
        var tenant = await portal.NewTenantAsync();
        return new(portal, tenant, await AddProviderAsync(portal, tenant, issuer, rules, addressTrust));
    }

    public static async Task<Guid> AddProviderAsync(
        PortalFactory portal, TestTenant tenant, TestIssuer issuer, (string Claim, string Value, string Role)[]? rules = null, string? addressTrust = null)
    {
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var request = new
        {
            name = PortalFactory.NewName("Directory"), issuer = issuer.Address, clientId = TestIssuer.ClientId, clientSecret = TestIssuer.Secret, addressTrust,
            roles = (rules ?? []).Select(r => new { claim = r.Claim, value = r.Value, role = r.Role }),
        };
        var made = await admin.PostJsonAsync($"{tenant.Api}/sign-in-providers", JsonSerializer.Serialize(request, JsonSerializerOptions.Web)).JsonAsync(HttpStatusCode.Created);
        return made.GetProperty("id").GetGuid();
    }

    /// <summary>Presses the button and lets the issuer answer.</summary>
    /// <returns>The address of the answer, which has not been opened yet.</returns>
    public async Task<string> ToIssuerAsync(Browser browser, string? query = null)
    {
        using var leaving = await browser.GetAsync($"{Button}{query}");
        Assert.Equal(HttpStatusCode.Redirect, leaving.StatusCode);
        using var answer = await Outside.GetAsync(leaving.Headers.Location, Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync(Cancel));
        Assert.StartsWith("https://localhost/sign-in/callback?", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        return answer.Headers.Location.PathAndQuery;
    }

    /// <summary>There and back again.</summary>
    public async Task<HttpResponseMessage> SignInAsync(Browser browser, string? query = null) => await browser.GetAsync(await ToIssuerAsync(browser, query));

    /// <summary>The same in a new browser, in which it ends in a session.</summary>
    public async Task<Browser> ComeInAsync()
    {
        var browser = portal.NewBrowser();
        using var answer = await SignInAsync(browser);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync(Cancel));
        return browser;
    }

    /// <summary>The same, but it ends with a sentence and no session.</summary>
    public async Task<string> BeRefusedAsync(Browser? used = null, string? callback = null)
    {
        using var browser = used is null ? portal.NewBrowser() : null;
        return await RefusalAsync(used ?? browser!, callback ?? await ToIssuerAsync(used ?? browser!));
    }

    private async Task<string> RefusalAsync(Browser browser, string callback)
    {
        var page = await browser.OpenAsync(callback);
        using var inside = await browser.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.Redirect, inside.StatusCode);
        Assert.StartsWith("/sign-in", inside.Headers.Location!.ToString().Replace("https://localhost", "", StringComparison.Ordinal), StringComparison.Ordinal);
        return page.QuerySelector("[role=alert]").Says();
    }

    public Task<PortalRole?> RoleAsync(string subject) => portal.LookAsync(tenant, db => (
        from link in db.SignInLinks
        where link.Subject == subject
        join member in db.Members on link.UserId equals member.UserId
        select (PortalRole?)member.Role).SingleOrDefaultAsync(Cancel));
}
