using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>Before a dangerous change a session proves again who is there; a token does not.</summary>
public sealed class StepUpTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public StepUpTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Just_after_signing_in_nothing_more_is_asked()
    {
        var (tenant, _, browser) = await AdminAsync();
        using (browser)
        {
            using var made = await MakeTokenAsync(browser, tenant);
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }
    }

    [Fact]
    public async Task A_session_that_was_left_open_makes_no_token_and_no_app_password_and_deletes_no_mailbox()
    {
        var (tenant, _, browser) = await AdminAsync();
        using (browser)
        {
            var mailbox = await portal.NewMailboxAsync(tenant);
            time.Advance(TimeSpan.FromMinutes(11));

            Assert.Equal("step-up-required", await MakeTokenAsync(browser, tenant).ProblemAsync(HttpStatusCode.Forbidden));
            Assert.Equal("step-up-required", await SendAsync(browser, HttpMethod.Delete, $"{tenant.Api}/mailboxes/{mailbox.Address}").ProblemAsync(HttpStatusCode.Forbidden));
            Assert.Equal("step-up-required", await SendAsync(browser, HttpMethod.Post, $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords").ProblemAsync(HttpStatusCode.Forbidden));
            using var led = await browser.GetAsync($"{tenant.Pages}/mailboxes/{mailbox.Id}/app-passwords/new");
            Assert.StartsWith("/step-up", led.Headers.Location?.ToString(), StringComparison.Ordinal);
            using var stillThere = await browser.Client.GetAsync($"{tenant.Api}/mailboxes/{mailbox.Address}", Cancel);
            Assert.Equal(HttpStatusCode.OK, stillThere.StatusCode);
        }
    }

    [Fact]
    public async Task After_the_password_was_given_again_it_goes_on_where_it_was()
    {
        var (tenant, person, browser) = await AdminAsync();
        using (browser)
        {
            time.Advance(TimeSpan.FromMinutes(11));
            using var wrong = await browser.PostAsync("/step-up", new() { ["Password"] = "not the password", ["returnUrl"] = tenant.Pages });
            Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
            Assert.Equal("step-up-required", await MakeTokenAsync(browser, tenant).ProblemAsync(HttpStatusCode.Forbidden));

            using var right = await browser.PostAsync("/step-up", new() { ["Password"] = person.Password, ["returnUrl"] = tenant.Pages });
            Assert.Equal(tenant.Pages, right.Headers.Location?.ToString());
            using var made = await MakeTokenAsync(browser, tenant);
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }
    }

    [Fact]
    public async Task A_proof_in_one_browser_is_none_for_another()
    {
        var (tenant, person, browser) = await AdminAsync();
        using (browser)
        {
            time.Advance(TimeSpan.FromMinutes(11));
            using var other = await portal.SignInAsync(person);
            Assert.Equal("step-up-required", await MakeTokenAsync(browser, tenant).ProblemAsync(HttpStatusCode.Forbidden));
        }
    }

    [Fact]
    public async Task Somebody_elses_password_is_no_proof()
    {
        var (tenant, _, browser) = await AdminAsync();
        var other = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using (browser)
        {
            time.Advance(TimeSpan.FromMinutes(11));
            using var answer = await browser.PostAsync(
                "/step-up", new() { ["Name"] = other.UserName, ["UserName"] = other.UserName, ["Password"] = other.Password });
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Guessing_the_password_here_is_held_off_like_anywhere_else()
    {
        var (_, person, browser) = await AdminAsync();
        using (browser)
        {
            for (var attempt = 0; attempt < 10; attempt++)
            {
                using var wrong = await browser.PostAsync("/step-up", new() { ["Password"] = $"not the password {attempt}" }, page: "/sign-out");
            }
            using var right = await browser.PostAsync("/step-up", new() { ["Password"] = person.Password }, page: "/sign-out");
            Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
        }
    }

    [Fact]
    public async Task A_token_is_not_asked()
    {
        var (tenant, _, browser) = await AdminAsync();
        browser.Dispose();
        var api = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        time.Advance(TimeSpan.FromMinutes(11));
        await api.PostJsonAsync($"{tenant.Api}/tokens", TokenRequest).JsonAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example")]
    [InlineData("/\\elsewhere.example")]
    public async Task Nobody_is_led_out_of_the_portal(string returnUrl)
    {
        var (_, person, browser) = await AdminAsync();
        using (browser)
        {
            using var fresh = await browser.GetAsync($"/step-up?returnUrl={Uri.EscapeDataString(returnUrl)}");
            Assert.Equal("/", fresh.Headers.Location?.ToString());
            using var proved = await browser.PostAsync("/step-up", new() { ["Password"] = person.Password, ["returnUrl"] = returnUrl }, page: "/sign-out");
            Assert.Equal("/", proved.Headers.Location?.ToString());
        }
    }

    private const string TokenRequest = """{"name": "Made in a browser", "scopes": ["mailboxes:read"]}""";

    private async Task<(TestTenant Tenant, TestPerson Person, Browser Browser)> AdminAsync()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        return (tenant, person, await portal.SignInAsync(person));
    }

    private static Task<HttpResponseMessage> MakeTokenAsync(Browser browser, TestTenant tenant) =>
        SendAsync(browser, HttpMethod.Post, $"{tenant.Api}/tokens", TokenRequest);

    private static async Task<HttpResponseMessage> SendAsync(Browser browser, HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null) request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        request.Headers.Add("RequestVerificationToken", await browser.TokenAsync("/sign-out"));
        request.Headers.TryAddWithoutValidation("If-Match", "*");
        return await browser.Client.SendAsync(request, Cancel);
    }
}
