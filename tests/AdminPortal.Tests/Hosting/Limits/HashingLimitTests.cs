using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting.Limits;

/// <summary>One processor for passwords, and room for one who waits.</summary>
public sealed class HashingLimitTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public HashingLimitTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Limits:Hashing:AtOnce", "1");
        portal.Set("Limits:Hashing:Waiting", "1");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Hashing:AtOnce"), Reaches("Limits:Hashing:Waiting")]
    public async Task One_waits_for_the_processor_and_the_next_is_told_to_come_back()
    {
        var tenant = await portal.NewTenantAsync();
        var (first, second) = (await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        using var browser = portal.NewBrowser();
        await browser.TokenAsync("/sign-in");
        var queue = portal.Services.GetRequiredService<HashQueue>();
        var busy = await queue.EnterAsync(Cancel);
        var waits = queue.EnterAsync(Cancel);

        using var refused = await browser.PostAsync("/sign-in", new() { ["Name"] = first.UserName, ["Password"] = first.Password });
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(1, portal.Services.GetRequiredService<LimitHits>().Of("Limits:Hashing:Waiting"));

        Assert.False(waits.IsCompleted);
        busy!.Dispose();
        (await waits)!.Dispose();
        using var welcome = await browser.PostAsync("/sign-in", new() { ["Name"] = second.UserName, ["Password"] = second.Password });
        Assert.Equal(HttpStatusCode.Redirect, welcome.StatusCode);
    }
}
