using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.OpenIdConnect;

/// <summary>Where an issuer keeps what it says of a person: within another claim, or only in its user information.</summary>
public sealed class ClaimTests : IClassFixture<PortalFactory>, IAsyncLifetime
{
    private readonly PortalFactory portal;
    private TestIssuer issuer = null!;

    public ClaimTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("OpenIdConnect:AllowLoopback", "true");
        portal.Set("OpenIdConnect:Patience", "00:01:00");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    [Theory]
    [InlineData("realm_access.roles", "realm_access", """{"roles": ["offline_access", "mail-admin"]}""")]
    [InlineData("resource_access.portal.roles", "resource_access", """{"account": {"roles": ["view-profile"]}, "portal": {"roles": ["mail-admin"]}}""")]
    [InlineData("resource_access.portal.example.org.roles", "resource_access", """{"portal.example.org": {"roles": ["mail-admin"]}, "portal": {"example": 1}}""")]
    [InlineData("access.level", "access", """{"level": "mail-admin"}""")]
    [InlineData("https://example.org/roles", "https://example.org/roles", "\"mail-admin\"")]
    [InlineData("dotted.name", "dotted.name", "\"mail-admin\"")]
    public async Task A_role_is_found_by_the_way_that_leads_to_it(string path, string claim, string json)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [(path, "mail-admin", "helpdesk")]);
        var value = JsonSerializer.Deserialize<JsonElement>(json);
        issuer.Person = [("sub", "anna"), (claim, value.ValueKind == JsonValueKind.String ? value.GetString()! : value)];

        using var browser = await contoso.ComeInAsync();

        Assert.Equal(PortalRole.Helpdesk, await contoso.RoleAsync("anna"));
    }

    [Theory]
    [InlineData("""{"account": {"roles": ["mail-admin"]}, "portal": {"roles": ["view"]}}""")]
    [InlineData("""{"portal": {"roles": ["mail-admin-too", "Mail-Admin", "mail"]}}""")]
    [InlineData("""{"portal": {"roles": {"mail-admin": true}}}""")]
    [InlineData("""{"portal": {"role": ["mail-admin"]}, "roles": ["mail-admin"]}""")]
    [InlineData("""{"portal": "{\"roles\": [\"mail-admin\"]}"}""")]
    [InlineData("""{"portal.roles.more": "mail-admin"}""")]
    public async Task What_lies_beside_the_way_gives_nothing(string json)
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [("resource_access.portal.roles", "mail-admin", "tenantAdmin")]);
        issuer.Person = [("sub", "eve"), ("resource_access", JsonSerializer.Deserialize<JsonElement>(json))];

        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_that_is_text_and_looks_like_an_object_is_not_read_as_one()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [("nickname.roles", "mail-admin", "tenantAdmin")]);
        issuer.Person = [("sub", "eve"), ("nickname", """{"roles": ["mail-admin"]}""")];

        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_information_is_asked_for_what_the_token_lacks()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [("realm_access.roles", "mail-admin", "auditor"), ("groups", "desk", "helpdesk")]);
        issuer.Person = [("sub", "anna")];
        issuer.UserInformation["realm_access"] = new { roles = new[] { "mail-admin" } };
        issuer.UserInformation["groups"] = new[] { "staff", "desk" };

        using var browser = await contoso.ComeInAsync();

        Assert.Equal(PortalRole.Helpdesk, await contoso.RoleAsync("anna"));
        Assert.Equal(1, issuer.UserInformationAsked);
    }

    [Fact]
    public async Task A_token_that_says_it_all_is_enough_and_its_word_counts()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [("groups", "desk", "helpdesk"), ("groups", "mail-admins", "tenantAdmin")]);
        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" }), ("email", "anna@elsewhere.example"), ("email_verified", true)];
        issuer.UserInformation["groups"] = new[] { "mail-admins" };
        using (await contoso.ComeInAsync()) Assert.Equal(0, issuer.UserInformationAsked);

        issuer.Person = [("sub", "anna"), ("groups", new[] { "desk" })];
        using var browser = await contoso.ComeInAsync();

        Assert.Equal((1, PortalRole.Helpdesk), (issuer.UserInformationAsked, await contoso.RoleAsync("anna")));
    }

    [Fact]
    public async Task The_information_of_another_person_ends_the_sign_in()
    {
        var contoso = await Organisation.NewAsync(portal, issuer, [("groups", "desk", "helpdesk")]);
        issuer.Person = [("sub", "anna")];
        issuer.UserInformation["sub"] = "somebody else";
        issuer.UserInformation["groups"] = new[] { "desk" };

        Assert.Contains("does not hold", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("token names the victim, the information verifies another")]
    [InlineData("token verifies nothing, the information names the victim")]
    public async Task A_proof_of_one_address_proves_no_other(string how)
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var victim = await portal.NewMailboxAsync(contoso.Tenant);
        if (how.StartsWith("token names", StringComparison.Ordinal))
        {
            issuer.Person = [("sub", "eve"), ("email", victim.Address)];
            (issuer.UserInformation["email"], issuer.UserInformation["email_verified"]) = ("eve@elsewhere.example", true);
        }
        else
        {
            issuer.Person = [("sub", "eve"), ("email_verified", true)];
            issuer.UserInformation["email"] = victim.Address;
        }

        Assert.Contains("neither a role nor a mailbox", await contoso.BeRefusedAsync(), StringComparison.Ordinal);
        Assert.Null(await portal.LookAsync(contoso.Tenant, db => db.Mailboxes.Where(m => m.Id == victim.Id).Select(m => m.UserId).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task An_owner_is_known_by_the_address_that_only_the_information_verifies()
    {
        var contoso = await Organisation.NewAsync(portal, issuer);
        var mailbox = await portal.NewMailboxAsync(contoso.Tenant);
        issuer.Person = [("sub", "owner")];
        (issuer.UserInformation["email"], issuer.UserInformation["email_verified"]) = (mailbox.Address, true);

        using var browser = await contoso.ComeInAsync();

        Assert.Contains(mailbox.Address, await browser.ReadAsync("/my"), StringComparison.Ordinal);
    }
}
