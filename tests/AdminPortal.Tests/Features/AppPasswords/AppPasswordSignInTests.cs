using System.Net;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.MailHosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.AppPasswords;

/// <summary>A portal with its mail server, for tests that make a password at one door and use it at another.</summary>
public sealed class PortalWithMail(TestCluster cluster) : IAsyncLifetime
{
    public PortalFactory Portal { get; } = new(cluster);

    internal MailDoors Doors => new(Portal.Services.GetRequiredService<MailListeners>());

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        Portal.Set("Portal:Roles", "web,mail,worker");
        // Every test comes from the same addresses, and many of them with what is wrong.
        foreach (var limit in new[] { "PerAccount", "PerAddress", "PerNetwork", "PerWideNetwork", "Free" }) Portal.Set($"Limits:Guesses:{limit}", "100000");
        Portal.Listen();
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    /// <summary>A client with a new person's token of every scope.</summary>
    public async Task<HttpClient> ApiAsync(TestTenant tenant, PortalRole role)
    {
        var client = await Portal.ApiAsync(tenant, role);
        client.BaseAddress = Address("http");
        return client;
    }

    public Uri Address(string scheme)
    {
        var mail = Portal.Services.GetRequiredService<MailListeners>().All.Select(listener => listener.Port).ToHashSet();
        var all = Portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a));
        return new($"{scheme}://localhost:{all.First(a => a.Scheme == scheme && !mail.Contains(a.Port)).Port}");
    }
}

/// <summary>An app password at the mail ports: what it opens, what it does not, and who is told why.</summary>
public sealed class AppPasswordSignInTests(PortalWithMail with) : IClassFixture<PortalWithMail>
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);
    private readonly PortalFactory portal = with.Portal;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<MailProtocol, string> Ways()
    {
        var ways = new TheoryData<MailProtocol, string>();
        foreach (var protocol in MailDoors.Protocols)
            foreach (var mechanism in MailDoors.PasswordMechanisms)
                ways.Add(protocol, mechanism);
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task It_opens_the_mailbox_by_its_protocols_and_is_a_wrong_password_for_others(MailProtocol protocol, string mechanism)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var right = await MakeAsync(admin, tenant, mailbox, $$"""{"name": "This", "protocols": ["{{protocol.Word()}}"]}""");
        var others = string.Join(", ", MailDoors.Protocols.Where(p => p != protocol).Select(p => $"\"{p.Word()}\""));
        var wrong = await MakeAsync(admin, tenant, mailbox, $$"""{"name": "Others", "protocols": [{{others}}]}""");

        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, right.Password));
        var refused = await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, wrong.Password);

        Assert.NotNull(refused);
        Assert.Equal(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, MailPasswords.Generate()), refused);
        Assert.Equal(MailSignInResult.WrongProtocol, await LastRefusalAsync(tenant, mailbox, MailSignInResult.WrongProtocol));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task It_opens_the_mailbox_from_its_networks_and_is_a_wrong_password_elsewhere(MailProtocol protocol, string mechanism)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var made = await MakeAsync(admin, tenant, mailbox, """{"name": "Office", "networks": ["127.0.0.0/30", "2001:db8::/32"]}""");

        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, made.Password, from: "127.0.0.2"));
        var refused = await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, made.Password, from: "127.0.0.4");

        Assert.NotNull(refused);
        Assert.Equal(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, MailPasswords.Generate(), from: "127.0.0.4"), refused);
        Assert.Equal(MailSignInResult.WrongNetwork, await LastRefusalAsync(tenant, mailbox, MailSignInResult.WrongNetwork));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task After_its_end_it_is_a_wrong_password(MailProtocol protocol, string mechanism)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var made = await MakeAsync(admin, tenant, mailbox, """{"name": "Until tomorrow", "expiresAt": "2099-01-01T00:00:00Z"}""");
        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, made.Password));
        await portal.LookAsync(tenant, db => db.MailCredentials.Where(c => c.Id == made.Id).ExecuteUpdateAsync(c => c.SetProperty(x => x.ExpiresAt, DateTimeOffset.UnixEpoch), Cancel));

        var refused = await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, made.Password);

        Assert.NotNull(refused);
        Assert.Equal(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, MailPasswords.Generate()), refused);
        Assert.Equal(MailSignInResult.Expired, await LastRefusalAsync(tenant, mailbox, MailSignInResult.Expired));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Where_the_tenant_wants_app_passwords_alone_the_account_password_is_a_wrong_one(MailProtocol protocol, string mechanism)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var made = await MakeAsync(admin, tenant, mailbox, """{"name": "Phone"}""");
        using var open = await with.Doors.StayAsync(protocol, mechanism, mailbox.Address, mailbox.Password);
        using var other = await with.Doors.StayAsync(MailProtocol.Imap, mechanism, mailbox.Address, made.Password);

        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", """{"accountPassword": false}""").JsonAsync();
        Assert.True(await MailDoors.IsEndedWithinAsync(open, Moment));
        var refused = await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, mailbox.Password);

        Assert.NotNull(refused);
        Assert.Equal(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, MailPasswords.Generate()), refused);
        Assert.Equal(MailSignInResult.AccountPasswordRefused, await LastRefusalAsync(tenant, mailbox, MailSignInResult.AccountPasswordRefused));
        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, made.Password));
        await other.NoOpAsync(Cancel);

        await admin.MergePatchAsync($"{tenant.Api}/mail-sign-in", """{"accountPassword": null}""").JsonAsync();
        Assert.Null(await with.Doors.RefusalAsync(protocol, mechanism, mailbox.Address, mailbox.Password));
    }

    [Theory]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Smtp)]
    public async Task What_was_open_with_it_ends_within_a_second_when_it_is_revoked_or_narrowed_and_nothing_else_does(MailProtocol protocol)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var (lost, narrowed, kept) = (
            await MakeAsync(admin, tenant, mailbox, """{"name": "Lost"}"""), await MakeAsync(admin, tenant, mailbox, """{"name": "Narrowed"}"""),
            await MakeAsync(admin, tenant, mailbox, """{"name": "Kept"}"""));
        using var other = await with.Doors.StayAsync(MailProtocol.Imap, "PLAIN", mailbox.Address, kept.Password);
        using (var session = await with.Doors.StayAsync(protocol, "SCRAM-SHA-256", mailbox.Address, lost.Password))
        {
            using var gone = await admin.SendJsonAsync(HttpMethod.Delete, Path(tenant, mailbox, lost), ifMatch: "*");
            Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
            Assert.True(await MailDoors.IsEndedWithinAsync(session, Moment), "A session went on with a revoked password.");
        }
        using (var session = await with.Doors.StayAsync(protocol, "PLAIN", mailbox.Address, narrowed.Password))
        {
            await admin.MergePatchAsync(Path(tenant, mailbox, narrowed), """{"networks": ["192.0.2.0/24"]}""").JsonAsync();
            Assert.True(await MailDoors.IsEndedWithinAsync(session, Moment), "A session went on from an address that its password is not for.");
        }

        await other.NoOpAsync(Cancel);
        Assert.NotNull(await with.Doors.RefusalAsync(protocol, "PLAIN", mailbox.Address, lost.Password));
    }

    [Fact]
    public async Task Its_last_use_is_told_when_by_which_protocol_and_from_where()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var made = await MakeAsync(admin, tenant, mailbox, """{"name": "Phone"}""");
        Assert.Equal(JsonValueKind.Null, (await admin.GetAsync(Path(tenant, mailbox, made), Cancel).JsonAsync()).GetProperty("lastUsed").ValueKind);

        Assert.Null(await with.Doors.RefusalAsync(MailProtocol.Pop3, "PLAIN", mailbox.Address, made.Password, from: "127.0.0.3"));

        JsonElement used;
        do used = (await admin.GetAsync(Path(tenant, mailbox, made), Cancel).JsonAsync()).GetProperty("lastUsed");
        while (used.ValueKind == JsonValueKind.Null);
        Assert.Equal(("pop3", "127.0.0.3"), (used.GetProperty("protocol").GetString(), used.GetProperty("from").GetString()));
    }

    [Fact]
    public async Task A_protocol_that_is_switched_off_is_told_to_whoever_has_it_and_to_nobody_with_one_that_is_not_for_it()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var (any, imap) = (await MakeAsync(admin, tenant, mailbox, """{"name": "Any"}"""), await MakeAsync(admin, tenant, mailbox, """{"name": "IMAP4", "protocols": ["imap"]}"""));
        await admin.MergePatchAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/access", """{"pop3": "disabled"}""").JsonAsync();

        foreach (var mechanism in MailDoors.PasswordMechanisms)
        {
            Assert.StartsWith("-ERR [AUTH] POP3 is switched off", await with.Doors.RefusalAsync(MailProtocol.Pop3, mechanism, mailbox.Address, any.Password), StringComparison.Ordinal);
            Assert.DoesNotContain("switched off", await with.Doors.RefusalAsync(MailProtocol.Pop3, mechanism, mailbox.Address, imap.Password), StringComparison.Ordinal);
        }
    }

    private async Task<(TestTenant, TestMailbox, HttpClient)> ArriveAsync()
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.NewMailboxAsync(tenant), await with.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    private static async Task<(Guid Id, string Password)> MakeAsync(HttpClient admin, TestTenant tenant, TestMailbox mailbox, string wanted)
    {
        var made = await admin.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", wanted).JsonAsync(HttpStatusCode.Created);
        return (made.GetProperty("id").GetGuid(), made.GetProperty("password").GetString()!);
    }

    private static string Path(TestTenant tenant, TestMailbox mailbox, (Guid Id, string) one) => $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords/{one.Id}";

    /// <summary>What the administrator is told, once it is written.</summary>
    private async Task<MailSignInResult?> LastRefusalAsync(TestTenant tenant, TestMailbox mailbox, MailSignInResult awaited)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (true)
        {
            var found = await portal.LookAsync(tenant, db => db.SignInAttempts.AsNoTracking()
                .Where(a => a.MailboxId == mailbox.Id && a.Result == awaited).Select(a => (MailSignInResult?)a.Result).FirstOrDefaultAsync(patience.Token));
            if (found is not null) return found;
        }
    }
}
