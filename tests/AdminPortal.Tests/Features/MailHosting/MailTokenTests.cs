using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Tests.Features.SignIn.OpenIdConnect;
using AdminPortal.Tests.Infrastructure;
using MailKit.Security;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>Access tokens of a real issuer at the mail ports: OAUTHBEARER and XOAUTH2 as MailKit speaks them.</summary>
public sealed class MailTokenTests(PortalWithIssuers with) : IClassFixture<PortalWithIssuers>, IAsyncLifetime
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private static readonly string[] Mechanisms = ["OAUTHBEARER", "XOAUTH2"];
    private TestIssuer issuer = null!;

    public async ValueTask InitializeAsync() => issuer = await TestIssuer.StartAsync();

    public ValueTask DisposeAsync() => issuer.DisposeAsync();

    public static TheoryData<MailProtocol, string> Ways()
    {
        var ways = new TheoryData<MailProtocol, string>();
        foreach (var protocol in MailDoors.Protocols)
            foreach (var mechanism in Mechanisms)
                ways.Add(protocol, mechanism);
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_token_of_the_tenants_issuer_opens_the_mailbox_of_its_verified_address(MailProtocol protocol, string mechanism)
    {
        var (_, mailbox, _) = await ArriveAsync();

        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, await TokenAsync(mailbox)));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_token_that_is_not_good_is_a_wrong_password(MailProtocol protocol, string mechanism)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", """{"tokens": {"scopes": {"pop3": "mail.pop", "imap": "mail.imap", "smtp": "mail.send"}}}""").JsonAsync();
        var scopes = "mail.pop mail.imap mail.send";
        var good = await TokenAsync(mailbox, scopes);
        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, good));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        await using var another = await TestIssuer.StartAsync();
        another.Person = issuer.Person;
        var bad = new Dictionary<string, string>
        {
            ["without a signature"] = WithoutSignature(good),
            ["with a signature that is cut"] = good[..^4],
            ["signed by another issuer in this one's name"] = another.Sign(good, ("iss", issuer.Address)),
            ["another issuer's own"] = await TokenAsync(mailbox, scopes, another),
            ["signed with the public key as a shared secret"] = issuer.SignWithPublicKey(good),
            ["for somebody else"] = issuer.Sign(good, ("aud", "calendar")),
            ["expired"] = issuer.Sign(good, ("exp", now - 120)),
            ["not valid yet"] = issuer.Sign(good, ("nbf", now + 120)),
            ["without an end"] = issuer.SignWithout(good, "exp"),
            ["with an address that is not verified"] = issuer.Sign(good, ("email_verified", false)),
            ["without a word about whether it is verified"] = issuer.SignWithout(good, "email_verified"),
            ["of somebody else's address"] = issuer.Sign(good, ("email", $"somebody@{tenant.Domain}")),
            ["for other things"] = issuer.Sign(good, ("scope", "mail.calendar")),
            ["that is none"] = "not-a-token",
        };

        var wrongPassword = await with.Doors.RefusalAsync(protocol, "PLAIN", mailbox.Address, "wrong");
        foreach (var (what, token) in bad)
            Assert.True(wrongPassword == await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, token), $"A token {what} is not answered like a wrong password.");
        Assert.Equal(wrongPassword, await with.Doors.RefusalAsync(protocol, mechanism, $"nobody@{tenant.Domain}", good));
    }

    [Theory]
    [InlineData("OAUTHBEARER")]
    [InlineData("XOAUTH2")]
    public async Task An_issuer_speaks_for_no_mailbox_of_another_tenant(string mechanism)
    {
        var (_, _, _) = await ArriveAsync();
        await using var theirs = await TestIssuer.StartAsync();
        var (other, mailbox, _) = await ArriveAsync(theirs);
        var without = await with.Portal.NewTenantAsync();
        var unserved = await with.Portal.NewMailboxAsync(without);

        Assert.Null(await with.Doors.RefusalAsync(MailProtocol.Imap, mechanism, mailbox.Address, await TokenAsync(mailbox, from: theirs)));
        Assert.NotNull(await with.Doors.RefusalAsync(MailProtocol.Imap, mechanism, mailbox.Address, await TokenAsync(mailbox)));
        Assert.NotNull(await with.Doors.RefusalAsync(MailProtocol.Imap, mechanism, unserved.Address, await TokenAsync(unserved)));
    }

    [Fact]
    public async Task An_alias_is_one_of_the_mailboxs_addresses()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        await admin.MergePatchAsync($"{tenant.Api}/mailboxes/{mailbox.Id}", $$"""{"aliases": ["sales-of-{{tenant.Slug}}@{{tenant.Domain}}"]}""").JsonAsync();

        Assert.Null(await with.Doors.RefusalAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, await TokenAsync(mailbox with { Address = $"sales-of-{tenant.Slug}@{tenant.Domain}" })));
    }

    [Fact]
    public async Task A_protocol_that_is_switched_off_is_told_to_whoever_has_a_good_token_alone()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        await admin.MergePatchAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/access", """{"pop3": "disabled"}""").JsonAsync();
        var good = await TokenAsync(mailbox);

        foreach (var mechanism in Mechanisms)
        {
            Assert.StartsWith("-ERR [AUTH] POP3 is switched off", await with.Doors.RefusalAsync(MailProtocol.Pop3, mechanism, mailbox.Address, good), StringComparison.Ordinal);
            Assert.DoesNotContain("switched off", await with.Doors.RefusalAsync(MailProtocol.Pop3, mechanism, mailbox.Address, good[..^4]), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Smtp)]
    public async Task A_session_ends_a_minute_after_its_token_does(MailProtocol protocol)
    {
        var (_, mailbox, _) = await ArriveAsync();
        var ending = issuer.Sign(await TokenAsync(mailbox), ("exp", TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() - 56));

        using var session = await with.Doors.StayAsync(protocol, "OAUTHBEARER", mailbox.Address, ending);

        Assert.True(await MailDoors.IsEndedWithinAsync(session, TimeSpan.FromSeconds(8)));
    }

    [Theory]
    [InlineData("""{"tokens": null}""")]
    [InlineData("""{"tokens": {"audience": "another"}}""")]
    public async Task When_the_tenant_takes_such_tokens_no_more_sessions_end_within_a_second(string change)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        using var session = await with.Doors.StayAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, await TokenAsync(mailbox));

        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", change).JsonAsync();

        Assert.True(await MailDoors.IsEndedWithinAsync(session, Moment));
        await Assert.ThrowsAsync<AuthenticationException>(async () => await with.Doors.StayAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, await TokenAsync(mailbox)));
    }

    [Fact]
    public async Task A_new_key_is_learnt_at_once_and_made_up_ones_do_not_make_us_ask_again()
    {
        var (_, mailbox, _) = await ArriveAsync();
        Assert.Null(await with.Doors.RefusalAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, await TokenAsync(mailbox)));
        issuer.NewKey();
        var renewed = await TokenAsync(mailbox);

        Assert.Null(await with.Doors.RefusalAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, renewed));
        var asked = issuer.KeysAsked;
        await using var another = await TestIssuer.StartAsync();
        for (var i = 0; i < 5; i++)
            Assert.NotNull(await with.Doors.RefusalAsync(MailProtocol.Imap, "XOAUTH2", mailbox.Address, another.Sign(renewed, ("iss", issuer.Address), ("jti", i))));

        Assert.Equal(asked, issuer.KeysAsked);
    }

    [Fact]
    public async Task An_issuer_that_is_away_is_told_as_temporary()
    {
        var (_, mailbox, _) = await ArriveAsync();
        var token = await TokenAsync(mailbox);
        await issuer.DisposeAsync();

        Assert.Contains("[UNAVAILABLE]", await with.Doors.RefusalAsync(MailProtocol.Imap, "OAUTHBEARER", mailbox.Address, token), StringComparison.Ordinal);
        issuer = await TestIssuer.StartAsync();
    }

    [Fact]
    public async Task Setting_it_is_on_record_and_what_makes_no_sense_is_said_at_its_field()
    {
        var tenant = await with.Portal.NewTenantAsync();
        using var admin = await with.ApiAsync(tenant, PortalRole.TenantAdmin);
        var path = $"{tenant.Api}/mail-sign-in";

        Assert.NotEmpty(await admin.MergePatchAsync(path, """{"tokens": {"issuer": "ftp://login.example.org", "audience": "mail"}}""").FieldErrorAsync("tokens.issuer"));
        Assert.NotEmpty(await admin.MergePatchAsync(path, """{"tokens": {"issuer": "https://login.example.org"}}""").FieldErrorAsync("tokens.audience"));
        var set = await admin.MergePatchAsync(path, """{"tokens": {"issuer": "https://login.example.org", "audience": "mail", "scopes": {"imap": "IMAP.AccessAsUser.All"}}}""").JsonAsync();

        Assert.Equal(
            """{"issuer":"https://login.example.org","audience":"mail","addressClaim":"email","addressTrust":"verifiedClaim","scopes":{"pop3":null,"imap":"IMAP.AccessAsUser.All","smtp":null}}""",
            set.GetProperty("tokens").GetRawText());
        var entry = Assert.Single(await with.Portal.AuditAsync(tenant), e => e.Action == AuditActions.MailSignInChanged);
        Assert.Equal("https://login.example.org", entry.After!.RootElement.GetProperty("tokens").GetProperty("issuer").GetString());
        var removed = await admin.MergePatchAsync(path, """{"tokens": null}""").JsonAsync();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, removed.GetProperty("tokens").ValueKind);
    }

    private async Task<(TestTenant, TestMailbox, HttpClient)> ArriveAsync(TestIssuer? from = null)
    {
        var tenant = await with.Portal.NewTenantAsync();
        var mailbox = await with.Portal.NewMailboxAsync(tenant);
        var admin = await with.ApiAsync(tenant, PortalRole.TenantAdmin);
        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", $$$"""{"tokens": {"issuer": "{{{(from ?? issuer).Address}}}", "audience": "mail"}}""").JsonAsync();
        return (tenant, mailbox, admin);
    }

    private Task<string> TokenAsync(TestMailbox mailbox, string scopes = "mail.imap", TestIssuer? from = null)
    {
        var by = from ?? issuer;
        by.Person = [("sub", "1"), ("email", mailbox.Address), ("email_verified", true)];
        return by.AccessTokenAsync("mail", scopes);
    }

    private static string WithoutSignature(string token) =>
        $"{Base64UrlEncoder.Encode("""{"alg":"none","typ":"at+jwt"}""")}.{token.Split('.')[1]}.";
}

/// <summary>Before any tenant takes tokens, and where the operator allows no issuer inside.</summary>
public sealed class MailTokenOfferTests(PortalWithMail with) : IClassFixture<PortalWithMail>
{
    [Fact]
    public async Task Tokens_are_offered_once_a_tenant_takes_them_and_an_issuer_inside_is_never_asked()
    {
        var tenant = await with.Portal.NewTenantAsync();
        var mailbox = await with.Portal.NewMailboxAsync(tenant);
        using var admin = await with.ApiAsync(tenant, PortalRole.TenantAdmin);
        Assert.All(await OfferedAsync(), mechanisms => Assert.DoesNotContain("OAUTHBEARER", mechanisms));

        using var inside = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var issuer = $"https://127.0.0.1:{((IPEndPoint)inside.LocalEndpoint).Port}";
        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", $$$"""{"tokens": {"issuer": "{{{issuer}}}", "audience": "mail"}}""").JsonAsync();
        Assert.All(await OfferedAsync(), mechanisms => Assert.True(mechanisms.IsSupersetOf(["OAUTHBEARER", "XOAUTH2"])));

        var token = $"{Part("""{"alg":"RS256","kid":"1"}""")}.{Part($$"""{"iss":"{{issuer}}","aud":"mail","email":"{{mailbox.Address}}"}""")}.{Part("signature")}";
        Assert.Contains("[UNAVAILABLE]", await with.Doors.RefusalAsync(MailProtocol.Imap, "OAUTHBEARER", mailbox.Address, token), StringComparison.Ordinal);
        Assert.False(inside.Pending(), "An address inside was asked.");

        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", """{"tokens": null}""").JsonAsync();
        Assert.All(await OfferedAsync(), mechanisms => Assert.DoesNotContain("XOAUTH2", mechanisms));
    }

    private async Task<List<HashSet<string>>> OfferedAsync()
    {
        var offered = new List<HashSet<string>>();
        foreach (var protocol in MailDoors.Protocols)
        {
            offered.Add(await with.Doors.OfferedAsync(protocol));
        }
        return offered;
    }

    private static string Part(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
