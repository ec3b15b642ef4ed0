using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

/// <summary>A session lives in the database: the cookie only names it.</summary>
public sealed class SessionTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;

    public SessionTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_cookie_that_was_kept_opens_nothing_after_signing_out()
    {
        var person = await PersonAsync();
        using var browser = portal.NewBrowser();
        var cookie = await SignInAsync(browser, person);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(cookie));

        using var gone = await browser.PostAsync("/sign-out", []);
        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(cookie));
    }

    [Fact]
    public async Task A_session_that_was_planted_before_signing_in_never_becomes_the_victims()
    {
        var (attacker, victim) = (await PersonAsync(), await PersonAsync());
        using var browser = portal.NewBrowser();
        var planted = await SignInAsync(browser, attacker);
        var own = await SignInAsync(browser, victim, page: "/sign-out");

        Assert.NotEqual(planted, own);
        Assert.Equal(HttpStatusCode.OK, await AskAsync(own));
        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(planted));
    }

    [Fact]
    public async Task Every_sign_in_is_a_session_of_its_own()
    {
        var person = await PersonAsync();
        using var one = portal.NewBrowser();
        using var two = portal.NewBrowser();
        var (first, second) = (await SignInAsync(one, person), await SignInAsync(two, person));

        using var gone = await one.PostAsync("/sign-out", []);
        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(first));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(second));
    }

    [Fact]
    public async Task A_session_that_nobody_uses_is_over_after_two_hours()
    {
        using var browser = portal.NewBrowser();
        var cookie = await SignInAsync(browser, await PersonAsync());
        time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(cookie));
        time.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal(HttpStatusCode.OK, await AskAsync(cookie));
        time.Advance(TimeSpan.FromMinutes(121));
        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(cookie));
    }

    [Fact]
    public async Task A_session_that_is_always_used_is_over_after_twelve_hours()
    {
        using var browser = portal.NewBrowser();
        var cookie = await SignInAsync(browser, await PersonAsync());
        for (var hour = 1; hour < 12; hour++)
        {
            time.Advance(TimeSpan.FromHours(1));
            Assert.Equal(HttpStatusCode.OK, await AskAsync(cookie));
        }
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(cookie));
    }

    [Fact]
    public async Task A_session_ends_in_every_process_at_once()
    {
        var person = await PersonAsync();
        using var browser = portal.NewBrowser();
        var cookie = await SignInAsync(browser, person);

        // As another process would: the database is all that they share.
        await using var source = Npgsql.NpgsqlDataSource.Create(portal.Database.ServingConnectionString);
        await using var end = source.CreateCommand("UPDATE portal_session SET ended_at = now() WHERE user_id = $1 AND ended_at IS NULL");
        end.Parameters.Add(new() { Value = person.Id });
        Assert.Equal(1, await end.ExecuteNonQueryAsync(Cancel));

        Assert.Equal(HttpStatusCode.Redirect, await AskAsync(cookie));
    }

    private async Task<TestPerson> PersonAsync() => await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.MailboxOwner);

    /// <returns>The session's cookie, as somebody who copied it has it.</returns>
    private static async Task<string> SignInAsync(Browser browser, TestPerson person, string page = "/sign-in")
    {
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password }, page);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-adminportal=", StringComparison.Ordinal)).Split(';')[0];
    }

    private async Task<HttpStatusCode> AskAsync(string cookie)
    {
        using var client = portal.Anonymous();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/my") { Headers = { { "Cookie", cookie }, { "Accept", "text/html" } } };
        using var answer = await client.SendAsync(request, Cancel);
        return answer.StatusCode;
    }
}
