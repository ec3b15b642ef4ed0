using System.Net;
using System.Text;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>Whom an issuer vouches for proves it there anew before a dangerous change; an issuer's open session is no proof.</summary>
public sealed class RenewedProofTests : IClassFixture<PortalFactory>, IAsyncLifetime
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;
    private TestIssuer issuer = null!;

    public RenewedProofTests(PortalFactory portal)
    {
        (this.portal, time) = (portal, portal.UseTime());
        portal.Set("OpenIdConnect:AllowLoopback", "true");
        portal.Set("OpenIdConnect:Patience", "00:01:00");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        issuer.Person = [("sub", "anna"), ("groups", new[] { "mail-admins" })];
    }

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    [Fact]
    public async Task A_proof_grows_old_and_is_renewed_at_the_issuer_which_is_told_to_ask()
    {
        var contoso = await NewAsync();
        issuer.ProvedAt = time.GetUtcNow();
        using var browser = await contoso.ComeInAsync();
        Assert.Equal((null, null), (issuer.LastPrompt, issuer.LastMaxAge));
        Assert.Equal(HttpStatusCode.Created, await MakeTokenAsync(browser, contoso));
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Forbidden, await MakeTokenAsync(browser, contoso));

        using var led = await browser.GetAsync($"/step-up?returnUrl={contoso.Tenant.Pages}/settings/tokens");
        Assert.StartsWith($"/sign-in?tenant={contoso.Tenant.Slug}", led.Headers.Location?.ToString(), StringComparison.Ordinal);
        issuer.ProvedAt = time.GetUtcNow();
        using var back = await contoso.SignInAsync(browser, $"?returnUrl={contoso.Tenant.Pages}/settings/tokens");

        Assert.Equal($"{contoso.Tenant.Pages}/settings/tokens", back.Headers.Location?.ToString());
        Assert.Equal(("login", 0L), (issuer.LastPrompt, issuer.LastMaxAge));
        Assert.Equal(HttpStatusCode.Created, await MakeTokenAsync(browser, contoso));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(null)]
    public async Task An_issuer_that_did_not_ask_or_does_not_say_so_renews_nothing(int? minutesAgo)
    {
        var contoso = await NewAsync();
        issuer.ProvedAt = time.GetUtcNow();
        using var browser = await contoso.ComeInAsync();
        time.Advance(TimeSpan.FromMinutes(11));

        // As if whoever sits at the browser had taken prompt and max_age out of the address.
        issuer.ProvedAt = minutesAgo is { } minutes ? time.GetUtcNow().AddMinutes(-minutes) : null;
        var page = await browser.OpenAsync(await contoso.ToIssuerAsync(browser));

        Assert.Contains("did not say that you signed in again", page.QuerySelector("[role=alert]").Says(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await MakeTokenAsync(browser, contoso));
        using var inside = await browser.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(null)]
    public async Task Signing_out_and_in_again_by_the_issuers_open_session_is_no_fresh_proof(int? minutesAgo)
    {
        var contoso = await NewAsync();
        issuer.ProvedAt = minutesAgo is { } minutes ? time.GetUtcNow().AddMinutes(-minutes) : null;

        using var browser = await contoso.ComeInAsync();

        using var inside = await browser.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.OK, inside.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await MakeTokenAsync(browser, contoso));
    }

    [Fact]
    public async Task A_time_that_is_yet_to_come_makes_no_proof_last_longer()
    {
        var contoso = await NewAsync();
        issuer.ProvedAt = time.GetUtcNow().AddDays(365);
        using var browser = await contoso.ComeInAsync();

        Assert.Equal(HttpStatusCode.Created, await MakeTokenAsync(browser, contoso));
        time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Forbidden, await MakeTokenAsync(browser, contoso));
    }

    private Task<Organisation> NewAsync() => Organisation.NewAsync(portal, issuer, [("groups", "mail-admins", "tenantAdmin")]);

    private static async Task<HttpStatusCode> MakeTokenAsync(Browser browser, Organisation at)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{at.Tenant.Api}/tokens")
        {
            Content = new StringContent("""{"name": "Made in a browser", "scopes": ["mailboxes:read"]}""", Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("RequestVerificationToken", await browser.TokenAsync("/sign-out"));
        using var answer = await browser.Client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }
}
