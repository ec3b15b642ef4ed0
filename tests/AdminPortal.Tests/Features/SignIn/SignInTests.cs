using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn;

public sealed class SignInTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PortalRole.TenantAdmin)]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    public async Task Somebody_with_a_role_in_one_tenant_is_led_to_it(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));

        using var start = await browser.GetAsync("/");
        Assert.Equal(tenant.Pages, start.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_mailbox_owner_is_led_to_the_own_mailbox()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner));

        using var start = await browser.GetAsync("/");
        Assert.Equal("/my", start.Headers.Location?.ToString());
    }

    [Fact]
    public async Task Somebody_with_roles_in_two_tenants_chooses()
    {
        var (one, two) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(one, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(two, person, PortalRole.Auditor);

        using var browser = await portal.SignInAsync(person);
        var page = await browser.ReadAsync("/");
        Assert.Contains($"href=\"{one.Pages}\"", page);
        Assert.Contains($"href=\"{two.Pages}\"", page);
    }

    [Fact]
    public async Task The_name_is_taken_in_any_case_and_with_blanks_around_it()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person with { UserName = $" {person.UserName.ToUpperInvariant()} " });
    }

    [Fact]
    public async Task A_person_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var browser = portal.NewBrowser();

        using var turnedAway = await browser.GetAsync("/");
        Assert.Equal("/sign-in", turnedAway.Headers.Location?.ToString());
        using var signedIn = await browser.PostAsync(
            "/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password, ["returnUrl"] = "/?from=there" });
        Assert.Equal("/?from=there", signedIn.Headers.Location?.ToString());
    }

    [Theory]
    [InlineData("https://elsewhere.example/")]
    [InlineData("//elsewhere.example")]
    [InlineData("/\\elsewhere.example")]
    public async Task Nobody_is_led_out_of_the_portal_after_signing_in(string returnUrl)
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.TenantAdmin);
        using var browser = portal.NewBrowser();
        using var signedIn = await browser.PostAsync(
            "/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password, ["returnUrl"] = returnUrl });
        Assert.Equal("/", signedIn.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_are_refused_in_the_same_words()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);

        var unknown = await RefusalAsync("nobody@nowhere.example", "not the password");
        Assert.Contains("do not go together", unknown);
        Assert.Equal(unknown, await RefusalAsync(person.UserName, "not the password"));
    }

    [Fact]
    public async Task The_session_cookie_is_bound_to_this_host_and_to_secure_transport()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);
        using var browser = portal.NewBrowser();
        using var signedIn = await browser.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });

        var cookie = Assert.Single(signedIn.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-adminportal=", StringComparison.Ordinal));
        foreach (var attribute in new[] { "path=/", "secure", "httponly", "samesite=lax" }) Assert.Contains(attribute, cookie, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", cookie, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_sign_in_without_the_antiforgery_token_is_refused()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.Helpdesk);
        using var answer = await portal.Anonymous().PostAsync(
            "/sign-in", new FormUrlEncodedContent([new("Name", person.UserName), new("Password", person.Password)]), Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Signing_out_ends_the_session_of_this_browser()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        using var out1 = await browser.PostAsync("/sign-out", []);
        Assert.Equal("/sign-in", out1.Headers.Location?.ToString());

        using var start = await browser.GetAsync("/");
        Assert.Equal("/sign-in", start.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_changed_password_ends_every_session_at_once()
    {
        var person = await portal.NewPersonAsync(await portal.NewTenantAsync(), PortalRole.TenantAdmin);
        using var browser = await portal.SignInAsync(person);
        await portal.InScopeAsync(async scope =>
        {
            var users = scope.GetRequiredService<UserManager<PortalUser>>();
            return await users.ChangePasswordAsync((await users.FindByIdAsync(person.Id.ToString()))!, person.Password, "another long password");
        });

        using var start = await browser.GetAsync("/");
        Assert.Equal("/sign-in", start.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_lost_role_counts_at_the_next_request()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var browser = await portal.SignInAsync(person);
        using var before = await browser.Client.GetAsync(tenant.Api, Cancel);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteDeleteAsync(Cancel));
        using var after = await browser.Client.GetAsync(tenant.Api, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, after.StatusCode);
    }

    [Fact]
    public async Task Coming_and_going_are_in_the_audit_trail()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person);
        using var gone = await browser.PostAsync("/sign-out", []);

        var entries = (await portal.AuditAsync(tenant)).Where(e => e.ActorName == person.UserName).Select(e => e.Action);
        Assert.Equal([AuditActions.SignedIn, AuditActions.SignedOut], entries);
    }

    [Fact]
    public async Task A_session_changes_nothing_over_the_api_without_the_antiforgery_header()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        async Task<HttpResponseMessage> CreateAsync(string? token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{tenant.Api}/plans") { Content = System.Net.Http.Json.JsonContent.Create(new { name = "Made by script" }) };
            if (token is not null) request.Headers.Add("RequestVerificationToken", token);
            return await browser.Client.SendAsync(request, Cancel);
        }

        using var without = await CreateAsync(null);
        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        using var with = await CreateAsync(await browser.TokenAsync("/sign-out"));
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
    }

    private async Task<string> RefusalAsync(string name, string password)
    {
        using var browser = portal.NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = name, ["Password"] = password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        return page[page.IndexOf("validation-summary", StringComparison.Ordinal)..page.IndexOf("</ul>", StringComparison.Ordinal)];
    }
}
