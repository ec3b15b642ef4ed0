using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>
/// Somebody has a copy of the database, with the keys of the cookies, the sessions and the people in it, and this very program; what they lack
/// is the key file.
/// </summary>
public sealed class ForgedSessionTests(TestCluster cluster) : IAsyncLifetime
{
    private const string Cookie = "__Host-adminportal";
    private readonly PortalFactory real = new(cluster);
    private readonly PortalFactory thiefs = new(cluster);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await real.InitializeAsync();
        await thiefs.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await real.DisposeAsync();
        await thiefs.DisposeAsync();
    }

    [Fact]
    public async Task A_cookie_that_is_made_with_a_copy_of_the_database_opens_no_session()
    {
        var tenant = await real.NewTenantAsync();
        var (ticket, cookie) = await SignInAsync(tenant);
        await CopyKeysAsync(real, thiefs);

        // The attack itself is sound: with the right keys the same ticket opens the session.
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(real, tenant, TicketsOf(real).Protect(ticket)));
        Assert.Equal(HttpStatusCode.OK, await OpenAsync(real, tenant, cookie));

        var forged = TicketsOf(thiefs).Protect(ticket);
        Assert.NotNull(TicketsOf(thiefs).Unprotect(forged));
        Assert.Equal(HttpStatusCode.Redirect, await OpenAsync(real, tenant, forged));
        Assert.Null(TicketsOf(thiefs).Unprotect(cookie));
    }

    [Fact]
    public async Task What_lies_in_the_database_of_a_key_is_sealed()
    {
        var tenant = await real.NewTenantAsync();
        await SignInAsync(tenant);

        var keys = await KeysAsync(real);

        Assert.NotEmpty(keys);
        Assert.All(keys, key =>
        {
            Assert.Contains("wrappedKey", key.Xml!, StringComparison.Ordinal);
            Assert.DoesNotContain("masterKey", key.Xml!, StringComparison.OrdinalIgnoreCase);
        });
    }

    private async Task<(AuthenticationTicket Ticket, string Cookie)> SignInAsync(TestTenant tenant)
    {
        var person = await real.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var browser = real.NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith($"{Cookie}=", StringComparison.Ordinal)).Split(';')[0].Split('=', 2)[1];
        return (TicketsOf(real).Unprotect(cookie)!, cookie);
    }

    private static async Task<HttpStatusCode> OpenAsync(PortalFactory portal, TestTenant tenant, string cookie)
    {
        using var client = portal.Anonymous();
        client.DefaultRequestHeaders.Add("Cookie", $"{Cookie}={cookie}");
        client.DefaultRequestHeaders.Accept.Add(new("text/html"));
        using var answer = await client.GetAsync(tenant.Pages, Cancel);
        return answer.StatusCode;
    }

    private static ISecureDataFormat<AuthenticationTicket> TicketsOf(PortalFactory portal) =>
        portal.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(IdentityConstants.ApplicationScheme).TicketDataFormat;

    private static Task<List<DataProtectionKey>> KeysAsync(PortalFactory portal) =>
        portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().Set<DataProtectionKey>().AsNoTracking().ToListAsync(Cancel));

    private static async Task CopyKeysAsync(PortalFactory from, PortalFactory to)
    {
        var keys = await KeysAsync(from);
        await to.InScopeAsync(async scope =>
        {
            var db = scope.GetRequiredService<PortalDbContext>();
            db.AddRange(keys.Select(key => new DataProtectionKey { FriendlyName = key.FriendlyName, Xml = key.Xml }));
            return await db.SaveChangesAsync(Cancel);
        });
    }
}
