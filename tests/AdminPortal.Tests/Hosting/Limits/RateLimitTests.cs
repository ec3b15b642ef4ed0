using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

public sealed class RateLimitTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public RateLimitTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Limits:Requests:PerToken", "20");
        portal.Set("Limits:Requests:PerTenant", "50");
        portal.Set("Limits:Requests:PerAddress", "300");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Requests:PerToken")]
    public async Task A_token_that_asks_too_often_is_told_when_to_come_back_and_another_goes_on()
    {
        var tenant = await portal.NewTenantAsync();
        var (busy, calm) = (await portal.ApiAsync(tenant, PortalRole.Helpdesk), await portal.ApiAsync(tenant, PortalRole.Helpdesk));
        using var first = await busy.GetAsync(tenant.Api, Cancel);
        Assert.Equal("\"token\";q=20;w=60", Assert.Single(first.Headers.GetValues("RateLimit-Policy")));
        Assert.Equal("\"token\";r=19;t=3", Assert.Single(first.Headers.GetValues("RateLimit")));

        using var refused = await RefusalAsync(busy, tenant.Api, 40);
        Assert.Equal("too-many-requests", await Task.FromResult(refused).ProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.Equal(TimeSpan.FromSeconds(3), refused.Headers.RetryAfter?.Delta);
        Assert.StartsWith("\"token\";r=0;", Assert.Single(refused.Headers.GetValues("RateLimit")), StringComparison.Ordinal);
        using var other = await calm.GetAsync(tenant.Api, Cancel);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact, Reaches("Limits:Requests:PerTenant")]
    public async Task All_tokens_of_a_tenant_together_leave_other_tenants_and_its_own_people_alone()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        HttpResponseMessage? refused = null;
        for (var n = 0; n < 5 && refused is null; n++)
        {
            var api = await portal.ApiAsync(tenant, PortalRole.Helpdesk);
            for (var call = 0; call < 15 && refused is null; call++)
                if (await api.GetAsync(tenant.Api, Cancel) is { StatusCode: HttpStatusCode.TooManyRequests } answer) refused = answer;
        }

        Assert.Equal("\"tenant\";q=50;w=60", Assert.Single(refused!.Headers.GetValues("RateLimit-Policy")));
        await (await portal.ApiAsync(other, PortalRole.Helpdesk)).GetAsync(other.Api, Cancel).JsonAsync();
        await browser.ReadAsync(tenant.Pages);
    }

    [Fact, Reaches("Limits:Requests:PerAddress")]
    public async Task An_address_that_asks_too_often_is_refused_whoever_asks_and_health_still_answers()
    {
        Assert.True(await AskUntilRefusedAsync("192.0.2.10", "/sign-in") is { Asked: >= 300, Headers.RetryAfter: ["1"] });
        await AskUntilRefusedAsync("192.0.2.10", "/api/v1/tenants");
        Assert.Equal(StatusCodes.Status200OK, (await AskAsync("192.0.2.10", "/health/live")).Status);
        Assert.Equal(StatusCodes.Status200OK, (await AskAsync("192.0.2.11", "/sign-in")).Status);
    }

    [Fact]
    public async Task Addresses_of_one_IPv6_customer_are_one()
    {
        await AskUntilRefusedAsync("2001:db8:1:2::1", "/sign-in");
        Assert.True((await AskUntilRefusedAsync("2001:db8:1:2:ffff::9", "/sign-in")).Asked < 200);
        Assert.Equal(StatusCodes.Status200OK, (await AskAsync("2001:db8:1:3::1", "/sign-in")).Status);
    }

    /// <summary>A bucket fills all the time: a slow machine asks a few times more.</summary>
    private async Task<(int Asked, IHeaderDictionary Headers)> AskUntilRefusedAsync(string from, string path)
    {
        for (var asked = 0; asked < 3_000; asked++)
            if (await AskAsync(from, path) is { Status: StatusCodes.Status429TooManyRequests } refused) return (asked, refused.Headers);
        throw new InvalidOperationException("Nobody was refused.");
    }

    private async Task<(int Status, IHeaderDictionary Headers)> AskAsync(string from, string path)
    {
        var context = await portal.Server.SendAsync(request =>
        {
            request.Connection.RemoteIpAddress = IPAddress.Parse(from);
            (request.Request.Method, request.Request.Path, request.Request.Scheme) = ("GET", path, "https");
            request.Request.Headers.Accept = "text/html";
        }, Cancel);
        return (context.Response.StatusCode, context.Response.Headers);
    }

    private static async Task<HttpResponseMessage> RefusalAsync(HttpClient client, string path, int most)
    {
        for (var call = 0; call < most; call++)
            if (await client.GetAsync(path, Cancel) is { StatusCode: HttpStatusCode.TooManyRequests } refused) return refused;
        throw new InvalidOperationException("Nobody was refused.");
    }
}
