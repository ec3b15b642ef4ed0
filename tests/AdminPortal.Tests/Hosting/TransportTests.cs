using System.Net;
using System.Net.Http.Headers;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class TransportTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public TransportTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:HttpsPort", "8443");
        portal.Set("Portal:TrustedProxies", "192.0.2.1, 198.51.100.0/24");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_who_comes_in_clear_under_another_name_is_led_to_https()
    {
        using var answer = await GetAsync("http://portal.example/sign-in?returnUrl=%2F", "text/html");
        Assert.Equal("https://portal.example:8443/sign-in?returnUrl=%2F", answer.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("http://localhost/sign-in", "text/html")]
    [InlineData("http://127.0.0.1/sign-in", "text/html")]
    [InlineData("http://portal.example/health/live", "application/json")]
    public async Task Localhost_and_programs_are_led_nowhere(string address, string accept)
    {
        using var answer = await GetAsync(address, accept);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("https://portal.example/health/live", true)]
    [InlineData("https://localhost/health/live", false)]
    [InlineData("http://portal.example/health/live", false)]
    public async Task Strict_transport_security_is_for_https_off_localhost(string address, bool isStrict)
    {
        using var answer = await GetAsync(address, "application/json");
        Assert.Equal(isStrict, answer.Headers.Contains("Strict-Transport-Security"));
    }

    [Theory]
    [InlineData("192.0.2.1", "203.0.113.9")]
    [InlineData("198.51.100.7", "203.0.113.9")]
    [InlineData("203.0.113.50", "203.0.113.50")]
    public async Task A_forwarded_address_is_believed_from_a_trusted_proxy_alone(string proxy, string recorded)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPlatformAdminAsync();
        var token = await portal.NewTokenAsync(admin, null);
        await portal.Server.SendAsync(context =>
        {
            context.Connection.RemoteIpAddress = IPAddress.Parse(proxy);
            (context.Request.Method, context.Request.Path, context.Request.Scheme) = ("GET", tenant.Api, "https");
            context.Request.Headers["X-Forwarded-For"] = "203.0.113.9";
            context.Request.Headers.Authorization = $"Bearer {token}";
        }, Cancel);
        Assert.Equal(recorded, (await portal.AuditAsync(tenant)).Single(e => e.Action == AuditActions.TenantEntered).RemoteAddress);
    }

    private async Task<HttpResponseMessage> GetAsync(string address, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        return await portal.Anonymous().SendAsync(request, Cancel);
    }
}
