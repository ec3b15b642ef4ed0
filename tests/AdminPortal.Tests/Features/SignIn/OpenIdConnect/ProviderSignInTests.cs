using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>People come in by their organisation's issuer, and nobody else does.</summary>
public sealed class ProviderSignInTests : IClassFixture<PortalFactory>, IAsyncLifetime
{
    private static readonly (string, string, string)[] Rules = [("groups", "mail-admins", "tenantAdmin"), ("groups", "desk", "helpdesk")];
    private readonly PortalFactory portal;
    private TestIssuer issuer = null!;

    public ProviderSignInTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("OpenIdConnect:AllowLoopback", "true");
        portal.Set("OpenIdConnect:Patience", "00:01:00");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    [Fact]
    public async Task A_claim_that_a_rule_names_gives_its_role_and_leads_where_the_person_wanted_to_go()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("name", "Anna"), ("groups", new[] { "staff", "desk" })];
        using var browser = portal.NewBrowser();

        using var back = await contoso.SignInAsync(browser, $"?returnUrl={contoso.Tenant.Pages}/mailboxes");
        Assert.Equal($"{contoso.Tenant.Pages}/mailboxes", back.Headers.Location?.ToString());
        using var page = await browser.GetAsync($"{contoso.Tenant.Pages}/mailboxes");

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(PortalRole.Helpdesk, await contoso.RoleAsync("anna"));
        var trail = await portal.AuditAsync(contoso.Tenant);
        Assert.Contains(trail, e => e.Action == AuditActions.RoleByClaims && e.After!.RootElement.GetProperty("role").GetString() == "helpdesk");
        Assert.Contains(trail, e => e.Action == AuditActions.SignedIn);
    }

    [Fact]
    public async Task What_an_issuer_calls_somebody_is_cut_acts_nowhere_and_is_only_text_on_a_page()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "mallory"), ("name", $"<script>planted=1</script>\u202Egnp\u200B\u0007\"'{new string('x', 10_000)}"), ("groups", new[] { "mail-admins" })];
        using var browser = await contoso.ComeInAsync();

        var name = await portal.InScopeAsync(async scope => (await scope.GetRequiredService<PortalDbContext>().Users.SingleAsync(u => u.DisplayName!.StartsWith("<script>"), Cancel)).DisplayName!);
        Assert.Equal(100, name.Length);
        Assert.DoesNotContain(name, c => char.IsControl(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format);
        var page = await browser.ReadAsync($"{contoso.Tenant.Pages}/settings/members");
        Assert.Contains("&lt;script&gt;planted=1", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>planted", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_roles_the_greatest_counts_and_a_second_visit_makes_no_second_person()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk", "mail-admins" })];
        using (await contoso.ComeInAsync())
        using (await contoso.ComeInAsync())
            Assert.Equal(PortalRole.TenantAdmin, await contoso.RoleAsync("anna"));

        Assert.Equal(1, await portal.LookAsync(contoso.Tenant, db => db.SignInLinks.CountAsync(Cancel)));
    }

    [Fact]
    public async Task Without_a_claim_that_counts_nobody_comes_in_and_no_account_is_made()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "bob"), ("groups", new[] { "Desk", "admins" }), ("desk", "groups"), ("role", "PlatformAdmin")];
        var before = await portal.LookAsync(contoso.Tenant, db => db.Users.CountAsync(Cancel));

        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await portal.LookAsync(contoso.Tenant, db => db.Users.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_claim_that_changes_changes_the_role_and_one_that_goes_takes_it_along()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "mail-admins" })];
        using var first = await contoso.ComeInAsync();
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        using var second = await contoso.ComeInAsync();
        Assert.Equal(PortalRole.Helpdesk, await contoso.RoleAsync("anna"));

        issuer.Person = [("sub", "anna"), ("groups", new[] { "staff" })];
        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);

        Assert.Null(await contoso.RoleAsync("anna"));
        using var open = await second.GetAsync(contoso.Tenant.Pages);
        Assert.Equal(HttpStatusCode.NotFound, open.StatusCode);
    }

    [Fact]
    public async Task A_role_that_an_administrator_gave_is_not_the_issuers_to_take_or_to_raise()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var member = await portal.NewPersonAsync(contoso.Tenant, PortalRole.Auditor);
        issuer.Person = [("sub", "m"), ("email", member.UserName), ("email_verified", true), ("groups", new[] { "mail-admins" })];

        using var browser = await contoso.ComeInAsync();

        Assert.Equal(PortalRole.Auditor, await contoso.RoleAsync("m"));
    }

    [Fact]
    public async Task The_owner_of_a_mailbox_is_known_by_a_verified_address_whichever_way_it_is_written()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var mailbox = await portal.NewMailboxAsync(contoso.Tenant);
        issuer.Person = [("sub", "owner"), ("email", mailbox.Address.ToUpperInvariant()), ("email_verified", true)];

        using var browser = await contoso.ComeInAsync();
        var mine = await browser.ReadAsync("/my");

        Assert.Contains(mailbox.Address, mine, StringComparison.Ordinal);
        Assert.Contains(await portal.AuditAsync(contoso.Tenant), e => e.Action == AuditActions.MailboxOwnerByAddress && e.Target == mailbox.Address);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(null)]
    public async Task An_address_that_is_not_verified_opens_neither_a_mailbox_nor_an_account(bool? verified)
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var mailbox = await portal.NewMailboxAsync(contoso.Tenant);
        var admin = await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin);
        foreach (var address in new[] { mailbox.Address, admin.UserName })
        {
            issuer.Person = [("sub", address), ("email", address), ("xms_edov", true), ("preferred_username", address)];
            if (verified is { } said) issuer.Person.Add(("email_verified", said));
            Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
        }
        Assert.Null(await portal.LookAsync(contoso.Tenant, db => db.Mailboxes.Where(m => m.Id == mailbox.Id).Select(m => m.UserId).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task Entra_is_believed_about_an_address_only_where_it_knows_the_domains_owner()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, addressTrust: "entraDomainOwner");
        var mailbox = await portal.NewMailboxAsync(contoso.Tenant);
        issuer.Person = [("sub", "a"), ("email", mailbox.Address), ("email_verified", true)];
        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);

        issuer.Person = [("sub", "a"), ("email", mailbox.Address), ("xms_edov", "1")];
        using var browser = await contoso.ComeInAsync();
        Assert.Contains(mailbox.Address, await browser.ReadAsync("/my"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_the_issuer_gives_to_somebody_else_takes_the_mailbox_along()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var mailbox = await portal.NewMailboxAsync(contoso.Tenant);
        issuer.Person = [("sub", "who left"), ("email", mailbox.Address), ("email_verified", true)];
        using var left = await contoso.ComeInAsync();
        issuer.Person = [("sub", "who came"), ("email", mailbox.Address), ("email_verified", true)];
        using var came = await contoso.ComeInAsync();

        Assert.Contains(mailbox.Address, await came.ReadAsync("/my"), StringComparison.Ordinal);
        using var gone = await left.GetAsync("/my");
        Assert.NotEqual(HttpStatusCode.OK, gone.StatusCode);
    }

    [Fact]
    public async Task A_platform_administrators_account_is_lent_to_no_issuer()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var admin = await portal.NewPlatformAdminAsync();
        await portal.AddMemberAsync(contoso.Tenant, admin, PortalRole.Helpdesk);
        issuer.Person = [("sub", "p"), ("email", admin.UserName), ("email_verified", true), ("groups", new[] { "mail-admins" })];

        Assert.NotEmpty(await contoso.BeRefusedAsync());
        Assert.Equal(0, await portal.LookAsync(contoso.Tenant, db => db.SignInLinks.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_session_by_one_tenants_issuer_opens_no_other_tenant_of_the_same_person()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var other = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(contoso.Tenant, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(other, person, PortalRole.TenantAdmin);
        issuer.Person = [("sub", "x"), ("email", person.UserName), ("email_verified", true)];

        using var browser = await contoso.ComeInAsync();
        using var here = await browser.GetAsync(contoso.Tenant.Pages);
        using var there = await browser.GetAsync(other.Pages);
        using var api = await browser.Client.GetAsync(other.Api, Cancel);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (here.StatusCode, there.StatusCode, api.StatusCode));
        Assert.DoesNotContain(await portal.AuditAsync(other), e => e.Action == AuditActions.SignedIn);
    }

    [Fact]
    public async Task Two_tenants_with_one_issuer_do_not_share_their_people()
    {
        var (contoso, fabrikam) = (await Organisation.NewAsync(portal, issuer, Rules), await Organisation.NewAsync(portal, issuer));
        issuer.Person = [("sub", "anna"), ("groups", new[] { "mail-admins" })];
        using var browser = await contoso.ComeInAsync();

        Assert.Contains("neither a role nor a mailbox", await fabrikam.BeRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_claims_a_foreign_tenants_address_gets_nothing()
    {
        var (contoso, fabrikam) = (await Organisation.NewAsync(portal, issuer), await portal.NewTenantAsync());
        var mailbox = await portal.NewMailboxAsync(fabrikam);
        var admin = await portal.NewPersonAsync(fabrikam, PortalRole.TenantAdmin);
        foreach (var address in new[] { mailbox.Address, admin.UserName })
        {
            issuer.Person = [("sub", address), ("email", address), ("email_verified", true)];
            Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Somebody_new_takes_no_name_that_another_could_be_invited_under()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "s"), ("email", "ceo@elsewhere.example"), ("email_verified", true), ("groups", new[] { "desk" })];
        using var browser = await contoso.ComeInAsync();

        var invited = await portal.NewPersonAsync("ceo@elsewhere.example");
        Assert.NotEqual(Guid.Empty, invited.Id);
    }

    [Fact]
    public async Task An_answer_is_good_once_and_in_the_browser_that_asked()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        using var victim = portal.NewBrowser();
        var answer = await contoso.ToIssuerAsync(victim);

        Assert.Contains("Begin again", await contoso.BeRefusedAsync(callback: answer), StringComparison.Ordinal);
        using var first = await victim.GetAsync(answer);
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);
        using var signedOut = await victim.PostAsync("/sign-out", []);
        Assert.Contains("Begin again", await contoso.BeRefusedAsync(victim, answer), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?code=x")]
    [InlineData("?code=x&state=CfDJ8AAAA")]
    [InlineData("?error=access_denied&state=")]
    public async Task An_answer_that_nobody_asked_for_is_refused_kindly(string query)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);

        Assert.Contains("Begin again", await contoso.BeRefusedAsync(callback: $"/sign-in/callback{query}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_persons_code_in_ones_own_answer_is_refused_because_the_proof_key_does_not_fit()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        using var victim = portal.NewBrowser();
        using var thief = portal.NewBrowser();
        var (stolen, own) = (await contoso.ToIssuerAsync(victim), await contoso.ToIssuerAsync(thief));

        var forged = own.Replace(Parameter(own, "code"), Parameter(stolen, "code"), StringComparison.Ordinal);

        Assert.Contains("does not hold", await contoso.BeRefusedAsync(thief, forged), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_said_no_at_the_issuer_is_told_so()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        using var browser = portal.NewBrowser();
        var answer = await contoso.ToIssuerAsync(browser);

        var refused = answer.Replace($"code={Parameter(answer, "code")}", "error=access_denied", StringComparison.Ordinal);

        Assert.Contains("cancelled", await contoso.BeRefusedAsync(browser, refused), StringComparison.Ordinal);
    }

    public static TheoryData<string> Forgeries() => new("nonce", "no nonce", "audience", "issuer", "expired", "unsigned", "shared secret", "stranger's key", "no subject");

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_token_that_does_not_hold_signs_nobody_in(string forgery)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        await using var stranger = await TestIssuer.StartAsync();
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        issuer.Tamper = token => forgery switch
        {
            "nonce" => issuer.Sign(token, ("nonce", "another")),
            "no nonce" => issuer.Sign(token, ("nonce", "")),
            "audience" => issuer.Sign(token, ("aud", "another client")),
            "issuer" => issuer.Sign(token, ("iss", stranger.Address)),
            "expired" => issuer.Sign(token, ("iat", Ago(3600)), ("nbf", Ago(3600)), ("exp", Ago(600))),
            "unsigned" => $"{Base64Url("""{"alg":"none","typ":"JWT"}""")}.{token.Split('.')[1]}.",
            "shared secret" => SignedWithSecret(token),
            "stranger's key" => stranger.Sign(token),
            _ => issuer.Sign(token, ("sub", "")),
        };

        Assert.Contains("does not hold", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_honest_token_passes_the_same_gate() // So that the test above shows that it is the forgery that is refused.
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        issuer.Tamper = token => issuer.Sign(token);

        using var browser = await contoso.ComeInAsync();
    }

    [Fact]
    public async Task A_mix_up_of_two_tenants_issuers_is_noticed()
    {
        await using var hostile = await TestIssuer.StartAsync();
        var (contoso, fabrikam) = (await Organisation.NewAsync(portal, issuer, Rules), await Organisation.NewAsync(portal, hostile, Rules));
        issuer.Person = hostile.Person = [("sub", "anna"), ("groups", new[] { "mail-admins" })];
        using var browser = portal.NewBrowser();
        var (honest, theirs) = (await contoso.ToIssuerAsync(browser), await fabrikam.ToIssuerAsync(browser));

        // The hostile issuer answers for its own errand with the honest one's code, in the hope that the portal brings it along.
        var mixed = theirs.Replace(Parameter(theirs, "code"), Parameter(honest, "code"), StringComparison.Ordinal)
            .Replace(Parameter(theirs, "iss"), Parameter(honest, "iss"), StringComparison.Ordinal);
        Assert.Contains("does not hold", await fabrikam.BeRefusedAsync(browser, mixed), StringComparison.Ordinal);
        Assert.Empty(hostile.SecretsSeen);

        // Nor does a foreign answer fit the honest errand.
        var crossed = honest.Replace(Parameter(honest, "iss"), Parameter(theirs, "iss"), StringComparison.Ordinal);
        Assert.Contains("does not hold", await contoso.BeRefusedAsync(browser, crossed), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_is_away_is_told_kindly_at_the_button_and_at_the_answer()
    {
        var away = await TestIssuer.StartAsync();
        var contoso = await Organisation.NewAsync(portal, away, Rules);
        using var browser = portal.NewBrowser();
        var answer = await contoso.ToIssuerAsync(browser);
        await away.DisposeAsync();

        Assert.Contains("cannot be reached just now", await contoso.BeRefusedAsync(browser, answer), StringComparison.Ordinal);

        var never = await TestIssuer.StartAsync();
        var fabrikam = await Organisation.NewAsync(portal, never, Rules);
        await never.DisposeAsync();
        Assert.Contains("cannot be reached just now", (await browser.OpenAsync(fabrikam.Button)).QuerySelector("[role=alert]").Says(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tenant", true)]
    [InlineData("address", true)]
    [InlineData("nobody's domain", false)]
    [InlineData("no domain", false)]
    [InlineData("tenant without", false)]
    public async Task The_sign_in_page_offers_an_organisations_button_and_tells_nothing_else(string asked, bool isOffered)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, Rules);
        var without = await portal.NewTenantAsync();
        using var browser = portal.NewBrowser();
        var page = await browser.OpenAsync(asked switch
        {
            "tenant" => $"/sign-in?tenant={contoso.Tenant.Slug}",
            "address" => $"/sign-in?address=whoever%40{contoso.Tenant.Domain}&returnUrl=%2Fmy",
            "nobody's domain" => "/sign-in?address=a%40nobody.example",
            "no domain" => "/sign-in?address=%27%22%3E",
            _ => $"/sign-in?tenant={without.Slug}",
        });

        Assert.Equal(isOffered, page.QuerySelector($"a[href^='{contoso.Button}']") is not null);
        if (!isOffered) Assert.Equal("No sign-in of an organisation is set up for this. Use your name and password.", page.QuerySelector("main [role=status]").Says());
    }

    private static string Parameter(string address, string name) =>
        new Uri($"https://localhost{address}").Query.TrimStart('?').Split('&').Single(p => p.StartsWith($"{name}=", StringComparison.Ordinal))[(name.Length + 1)..];

    private static long Ago(int seconds) => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - seconds;

    private static string Base64Url(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string SignedWithSecret(string token) => new JsonWebTokenHandler().CreateToken(
        System.Text.Encoding.UTF8.GetString(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.DecodeBytes(token.Split('.')[1])),
        new Microsoft.IdentityModel.Tokens.SigningCredentials(
            new Microsoft.IdentityModel.Tokens.SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(TestIssuer.Secret.PadRight(32))), "HS256"));
}
