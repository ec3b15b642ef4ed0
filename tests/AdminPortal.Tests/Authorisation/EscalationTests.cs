using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>People inside who want more than their role: for themselves, for their mailbox, for their token. Rights are compared before and after.</summary>
public sealed class EscalationTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public EscalationTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,worker");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<PortalRole, string> ScopesBeyond() => new(
        from role in new[] { PortalRole.Helpdesk, PortalRole.Auditor } from scope in Scopes.All.Except(Scopes.Of(role)) select (role, scope));

    [Theory]
    [MemberData(nameof(ScopesBeyond))]
    public async Task A_role_makes_no_token_for_what_lies_beyond_it(PortalRole role, string scope)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, role);
        using var session = await portal.SignInAsync(person);
        using var api = portal.Api(await portal.NewTokenAsync(person, tenant));
        var before = await TokensAsync(tenant);

        foreach (var scopes in new[] { $"\"{scope}\"", $"\"mailboxes:read\", \"{scope}\"" })
            await api.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "More", "scopes": [{{scopes}}]}""").FieldErrorAsync("scopes");
        var page = $"{tenant.Pages}/settings/tokens/new";
        using var slipped = await session.PostAsync(page, new() { ["Name"] = "More", ["Chosen"] = scope });

        Assert.Equal(HttpStatusCode.OK, slipped.StatusCode);
        Assert.Equal(before, await TokensAsync(tenant));
    }

    [Theory]
    [InlineData("tokens:manage", "tenant:admin")]
    [InlineData("tokens:manage", "mailboxes:write")]
    [InlineData("tokens:manage", "me")]
    public async Task A_token_reaches_no_further_by_another_token(string own, string more)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var robot = portal.Api(await portal.NewTokenAsync(person, tenant, own));
        using var full = portal.Api(await portal.NewTokenAsync(person, tenant));
        var stronger = await full.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "Strong", "scopes": ["{{own}}", "settings:read", "tenant:admin"]}""").JsonAsync(HttpStatusCode.Created);
        var path = $"{tenant.Api}/tokens/{stronger.GetProperty("id")}";

        await robot.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "More", "scopes": ["{{own}}", "{{more}}"]}""").FieldErrorAsync("scopes");
        // Nor by learning the secret, lengthening the life or widening the networks of one that is there.
        await robot.PostJsonAsync($"{path}/rotate", "{}").ProblemAsync(HttpStatusCode.Conflict);
        await robot.MergePatchAsync(path, """{"networks": null, "name": "Mine"}""", "*").ProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal("Strong", await portal.LookAsync(tenant, db => db.ApiTokens.Where(t => t.Scopes.Count == 3).Select(t => t.Name).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task A_platform_administrators_token_of_one_tenant_administers_no_platform()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var boss = await portal.NewPlatformAdminAsync();
        await portal.AddMemberAsync(tenant, boss, PortalRole.Auditor);
        using var bound = portal.Api(await portal.NewTokenAsync(boss, tenant));

        await bound.PostJsonAsync("/api/v1/tenants", """{"slug": "more", "name": "More"}""").ProblemAsync(HttpStatusCode.Forbidden);
        await bound.GetAsync(other.Api, Cancel).ProblemAsync(HttpStatusCode.NotFound);
        await bound.PostJsonAsync($"{tenant.Api}/plans", """{"name": "More"}""").ProblemAsync(HttpStatusCode.Forbidden);
        await bound.MergePatchAsync(tenant.Api, """{"name": "More"}""", "*").ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("switch")]
    [InlineData("put")]
    [InlineData("bulk")]
    public async Task A_helpdesk_does_not_lift_the_suspension_of_their_own_mailbox(string how)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        var own = await portal.NewMailboxAsync(tenant, more: m => m.UserId = person.Id);
        await portal.LookAsync(tenant, db =>
        {
            db.Add(new AccessException { TenantId = tenant.Id, MailboxId = own.Id, Protocol = MailProtocol.Imap, Effect = ExceptionEffect.Deny, Reason = "Under inquiry", CreatedBy = "admin", StartsAt = TimeProvider.System.GetUtcNow().AddHours(-1) });
            return db.SaveChangesAsync(Cancel);
        });
        using var api = portal.Api(await portal.NewTokenAsync(person, tenant));
        var access = $"{tenant.Api}/mailboxes/{own.Id}/access";

        using var answer = how switch
        {
            "switch" => await api.MergePatchAsync(access, """{"imap": "enabled"}"""),
            "put" => await api.SendJsonAsync(HttpMethod.Put, access, """{"pop3": "enabled", "imap": "enabled", "smtp": "enabled"}""", "*"),
            _ => await api.PostJsonAsync($"{tenant.Api}/access-changes", $$$"""{"selection": {"ids": ["{{{own.Id}}}"]}, "changes": {"imap": "enabled"}}"""),
        };
        if (answer.StatusCode == HttpStatusCode.Accepted) (await api.GetAsync($"{answer.Headers.Location}/events", Cancel)).Dispose();

        var imap = (await api.GetAsync(access, Cancel).JsonAsync()).GetProperty("imap");
        Assert.False(imap.GetProperty("effective").GetBoolean());
        Assert.Equal("exception", imap.GetProperty("decidedBy").GetString());
        Assert.Equal(1, await portal.LookAsync(tenant, db => db.AccessExceptions.CountAsync(e => e.EndsAt == null, Cancel)));
        foreach (var method in new[] { HttpMethod.Post, HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
        {
            using var tried = await api.SendJsonAsync(method, $"{access}/exceptions", """{"protocol": "imap", "effect": "allow"}""", "*");
            Assert.True((int)tried.StatusCode is 403 or 404 or 405, $"{method} got {tried.StatusCode}");
        }
    }

    [Fact]
    public async Task An_invitation_gives_what_was_granted_whatever_the_form_says()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var address = $"{PortalFactory.NewName("guest")}@portal.example";
        var invited = await admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{address}}", "role": "auditor"}""").JsonAsync(HttpStatusCode.Created);
        using var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(new Uri(invited.GetProperty("link").GetString()!).AbsolutePath);

        using var accepted = await browser.PostAsync("/invitation?Role=TenantAdmin", new()
        {
            ["DisplayName"] = "Guest", ["Language"] = "en", ["Password"] = "slow river under bridges", ["Role"] = "TenantAdmin", ["Invitation.Role"] = "1", ["TenantId"] = other.Id.ToString(),
            ["tenant"] = other.Slug, ["IsPlatformAdmin"] = "true", ["User.IsPlatformAdmin"] = "true", ["Address"] = "boss@portal.example", ["UserName"] = "boss@portal.example",
        });

        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        var made = await portal.LookAsync(tenant, db => db.Users.Where(u => u.UserName == address).Select(u => new { u.Id, u.IsPlatformAdmin }).SingleAsync(Cancel));
        Assert.False(made.IsPlatformAdmin);
        Assert.Equal(PortalRole.Auditor, await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == made.Id).Select(m => m.Role).SingleAsync(Cancel)));
        Assert.Equal(0, await portal.LookAsync(other, db => db.Members.CountAsync(m => m.UserId == made.Id, Cancel)));
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    [InlineData(PortalRole.MailboxOwner)]
    public async Task Nobody_below_an_administrator_sets_anybody_elses_password_or_way_in(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, role);
        var victim = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var session = await portal.SignInAsync(person);
        var token = await session.TokenAsync("/sign-out");
        var stamp = await StampAsync(victim);

        foreach (var page in new[] { "/account/password", "/account/two-factor?handler=Remove", "/account/passkeys?handler=Remove", "/account/sessions?handler=EndOthers" })
            using (await session.PostAsync(page, new()
            {
                ["Present"] = person.Password, ["Wanted"] = "slow river under bridges", ["Again"] = "slow river under bridges", ["UserId"] = victim.Id.ToString(), ["person"] = victim.Id.ToString(),
                ["Name"] = victim.UserName, ["UserName"] = victim.UserName, ["id"] = victim.Id.ToString(),
            }, "/sign-out")) { }
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Post, $"/members/{victim.Id}/password"), (HttpMethod.Post, $"/members/{victim.Id}/reset"), (HttpMethod.Patch, $"/members/{victim.Id}"),
            (HttpMethod.Post, "/sign-in-providers"), (HttpMethod.Patch, "/sign-in-policy"),
        })
        {
            using var request = new HttpRequestMessage(method, $"{tenant.Api}{path}") { Content = new StringContent("{}", Encoding.UTF8, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json") };
            request.Headers.Add("RequestVerificationToken", token);
            request.Headers.TryAddWithoutValidation("If-Match", "*");
            using var answer = await session.Client.SendAsync(request, Cancel);
            Assert.True((int)answer.StatusCode is 401 or 403 or 404, $"{path}: {answer.StatusCode}");
        }

        Assert.Equal(stamp, await StampAsync(victim));
        using var still = await portal.SignInAsync(victim);
    }

    private Task<string?> StampAsync(TestPerson person) => portal.InScopeAsync(scope =>
        scope.GetRequiredService<PortalDbContext>().Users.Where(u => u.Id == person.Id).Select(u => u.SecurityStamp).SingleAsync(Cancel));

    private Task<int> TokensAsync(TestTenant tenant) => portal.LookAsync(tenant, db => db.ApiTokens.CountAsync(Cancel));
}
