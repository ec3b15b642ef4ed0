using System.Net;
using AdminPortal.Data;
using AdminPortal.Features.Tenants;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>A domain belongs to whoever writes into its DNS; until then it counts for nothing.</summary>
public sealed class DomainClaimTests : IClassFixture<PortalFactory>, IAsyncLifetime
{
    private readonly PortalFactory portal;
    private readonly FakeTimeProvider time;
    private static readonly DnsResponder Dns = new();

    public DomainClaimTests(PortalFactory portal)
    {
        this.portal = portal;
        time = portal.UseTime();
        portal.Set("Domains:DnsServer", Dns.Address);
        portal.Set("Domains:Patience", "00:00:02");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Dns.IsDeaf = false;
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_platform_administrators_domain_is_active_at_once_and_a_tenant_administrators_waits_for_proof()
    {
        var (tenant, admin) = await TenantAsync();
        var platform = await portal.PlatformApiAsync();
        var given = await platform.PostJsonAsync($"{tenant.Api}/domains", Named(NewDomain())).JsonAsync(HttpStatusCode.Created);
        var claimed = await ClaimAsync(admin, tenant, NewDomain());

        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, given.GetProperty("activeSince").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, given.GetProperty("proof").ValueKind);
        Assert.False(claimed.IsActive);
        Assert.Equal($"_adminportal-challenge.{claimed.Name}", claimed.Record);
        Assert.StartsWith("adminportal-verification=", claimed.Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_its_record_in_the_dns_a_claim_is_proved()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        Assert.Equal("conflict", await CheckAsync(admin, tenant, claim).ProblemAsync(HttpStatusCode.Conflict));

        Dns.Set(claim.Record, "v=spf1 -all", claim.Value);
        var proved = await CheckAsync(admin, tenant, claim).JsonAsync();

        Assert.NotEqual(System.Text.Json.JsonValueKind.Null, proved.GetProperty("activeSince").ValueKind);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, proved.GetProperty("proof").ValueKind);
        Assert.Equal(
            [AuditActions.DomainClaimed, AuditActions.DomainProven],
            (await portal.AuditAsync(tenant)).Where(e => e.Target == claim.Name).Select(e => e.Action));
        await admin.PostJsonAsync($"{tenant.Api}/mailboxes", Mailbox($"a@{claim.Name}")).JsonAsync(HttpStatusCode.Created);
    }

    [Theory]
    [InlineData("another's")]
    [InlineData("a part")]
    [InlineData("more")]
    [InlineData("elsewhere")]
    [InlineData("nothing")]
    public async Task A_record_that_is_not_the_claims_own_proves_nothing(string what)
    {
        var (tenant, admin) = await TenantAsync();
        var (other, stranger) = await TenantAsync();
        var name = NewDomain();
        var (claim, theirs) = (await ClaimAsync(admin, tenant, name), await ClaimAsync(stranger, other, name));
        switch (what)
        {
            case "another's": Dns.Set(claim.Record, theirs.Value); break;
            case "a part": Dns.Set(claim.Record, claim.Value[..^1]); break;
            case "more": Dns.Set(claim.Record, claim.Value + "0"); break;
            case "elsewhere": Dns.Set(name, claim.Value); break;
            default: Dns.Set(claim.Record, ""); break;
        }

        Assert.Equal("conflict", await CheckAsync(admin, tenant, claim).ProblemAsync(HttpStatusCode.Conflict));
        Assert.Contains(claim.Record, Dns.Asked);
    }

    [Fact]
    public async Task A_claim_stops_nobody_and_the_first_proof_wins()
    {
        var (tenant, squatter) = await TenantAsync();
        var (other, owner) = await TenantAsync();
        var name = NewDomain();
        var (squatted, owned) = (await ClaimAsync(squatter, tenant, name), await ClaimAsync(owner, other, name));
        Dns.Set(owned.Record, owned.Value);

        await CheckAsync(owner, other, owned).JsonAsync();
        Dns.Set(squatted.Record, squatted.Value);

        Assert.Equal("conflict", await CheckAsync(squatter, tenant, squatted).ProblemAsync(HttpStatusCode.Conflict));
        var still = await squatter.GetAsync($"{tenant.Api}/domains/{name}", Cancel).JsonAsync();
        Assert.Equal(System.Text.Json.JsonValueKind.Null, still.GetProperty("activeSince").ValueKind);
        var (third, late) = await TenantAsync();
        Assert.False((await ClaimAsync(late, third, name)).IsActive);
    }

    [Fact]
    public async Task A_claim_does_not_keep_the_platform_from_giving_the_domain_to_its_owner()
    {
        var (tenant, squatter) = await TenantAsync();
        var (other, _) = await TenantAsync();
        var name = NewDomain();
        await ClaimAsync(squatter, tenant, name);
        var platform = await portal.PlatformApiAsync();

        await platform.PostJsonAsync($"{other.Api}/domains", Named(name)).JsonAsync(HttpStatusCode.Created);
        Assert.Equal("conflict", await platform.PostJsonAsync($"{tenant.Api}/domains", Named(name)).ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_claimed_domain_serves_nothing()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        var mailbox = await portal.NewMailboxAsync(tenant);
        var path = $"{tenant.Api}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}";

        await admin.PostJsonAsync($"{tenant.Api}/mailboxes", Mailbox($"a@{claim.Name}")).FieldErrorAsync("address");
        await admin.MergePatchAsync(path, $$"""{"aliases": ["b@{{claim.Name}}"]}""").FieldErrorAsync("aliases");
        var entrance = portal.Services.GetRequiredService<CrossTenant>();
        Assert.Null(await entrance.FindTenantOfDomainAsync(claim.Name, Cancel));
        Assert.Null(await entrance.FindMailRecipientAsync($"a@{claim.Name}", long.MaxValue, Cancel));
        Assert.Empty(await entrance.SignInProvidersOfAsync(claim.Name, Cancel));
    }

    [Fact]
    public async Task Not_even_a_mailbox_that_lies_in_it_already_signs_in()
    {
        var (tenant, _) = await TenantAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        var entrance = portal.Services.GetRequiredService<CrossTenant>();
        Assert.NotNull(await entrance.FindMailLoginAsync(mailbox.Address, MailProtocol.Imap, IPAddress.Loopback, Cancel));

        await portal.LookAsync(tenant, async db =>
        {
            (await db.Domains.SingleAsync(Cancel)).ActiveSince = null;
            return await db.SaveChangesAsync(Cancel);
        });
        var (other, admin) = await TenantAsync();
        await ClaimAsync(admin, other, tenant.Domain);

        Assert.Null(await entrance.FindMailLoginAsync(mailbox.Address, MailProtocol.Imap, IPAddress.Loopback, Cancel));
    }

    [Fact]
    public async Task Where_no_name_server_answers_that_is_said_and_nothing_is_decided()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        Dns.IsDeaf = true;

        var problem = await CheckAsync(admin, tenant, claim).JsonAsync(HttpStatusCode.Conflict);

        Assert.Contains("No name server", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_worker_looks_again_ever_more_rarely_finds_the_proof_and_says_so()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        var asked = new List<int>();
        for (var minute = 0; minute < 16; minute++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await LookAsync();
            if (Dns.Asked.Count(name => name == claim.Record) > asked.Count) asked.Add(minute);
        }
        Assert.InRange(asked.Count, 3, 5);
        Assert.Equal(asked.Zip(asked.Skip(1), (a, b) => b - a).Order(), asked.Zip(asked.Skip(1), (a, b) => b - a));

        Dns.Set(claim.Record, claim.Value);
        time.Advance(TimeSpan.FromHours(6));
        await LookAsync();

        var proved = (await portal.AuditAsync(tenant)).Single(e => e.Action == AuditActions.DomainProven);
        Assert.Equal((ActorKind.System, claim.Name), (proved.ActorKind, proved.Target));
    }

    [Fact]
    public async Task A_claim_that_is_not_proved_in_time_is_forgotten_on_record_and_the_proved_stay()
    {
        var (tenant, admin) = await TenantAsync();
        var (claim, kept) = (await ClaimAsync(admin, tenant, NewDomain()), await ClaimAsync(admin, tenant, NewDomain()));
        Dns.Set(kept.Record, kept.Value);
        await CheckAsync(admin, tenant, kept).JsonAsync();

        time.Advance(TimeSpan.FromDays(31));
        await LookAsync();

        Assert.Equal("not-found", await admin.GetAsync($"{tenant.Api}/domains/{claim.Name}", Cancel).ProblemAsync(HttpStatusCode.NotFound));
        await admin.GetAsync($"{tenant.Api}/domains/{kept.Name}", Cancel).JsonAsync();
        Assert.Contains(await portal.AuditAsync(tenant), e => e.Action == AuditActions.DomainClaimExpired && e.Target == claim.Name);
    }

    [Fact]
    public async Task A_domain_without_mailboxes_is_removed_and_one_with_them_is_not()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        await portal.NewMailboxAsync(tenant);

        using var removed = await DeleteAsync(admin, $"{tenant.Api}/domains/{claim.Name}");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Equal("conflict", await DeleteAsync(admin, $"{tenant.Api}/domains/{tenant.Domain}").ProblemAsync(HttpStatusCode.Conflict));
        Assert.Contains(await portal.AuditAsync(tenant), e => e.Action == AuditActions.DomainDeleted && e.Target == claim.Name);
    }

    [Fact]
    public async Task A_domain_in_which_only_another_address_of_a_mailbox_lies_is_in_use()
    {
        var (tenant, admin) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        Dns.Set(claim.Record, claim.Value);
        await CheckAsync(admin, tenant, claim).JsonAsync();
        var mailbox = await portal.NewMailboxAsync(tenant);
        await admin.MergePatchAsync($"{tenant.Api}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}", $$"""{"aliases": ["b@{{claim.Name}}"]}""").JsonAsync();

        Assert.Equal("conflict", await DeleteAsync(admin, $"{tenant.Api}/domains/{claim.Name}").ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task A_foreign_domain_is_not_there_to_look_at_to_check_or_to_remove()
    {
        var (tenant, admin) = await TenantAsync();
        var (other, stranger) = await TenantAsync();
        var claim = await ClaimAsync(admin, tenant, NewDomain());
        foreach (var name in new[] { claim.Name, "missing.example", claim.Id })
        {
            var path = $"{other.Api}/domains/{name}";
            Assert.Equal("not-found", await stranger.GetAsync(path, Cancel).ProblemAsync(HttpStatusCode.NotFound));
            Assert.Equal("not-found", await stranger.PostJsonAsync($"{path}/proof", "{}").ProblemAsync(HttpStatusCode.NotFound));
            Assert.Equal("not-found", await stranger.SendJsonAsync(HttpMethod.Delete, path, ifMatch: "*").ProblemAsync(HttpStatusCode.NotFound));
        }
    }

    [Fact]
    public async Task A_tenant_claims_only_so_many_at_once()
    {
        var (tenant, admin) = await TenantAsync();
        for (var n = 0; n < 20; n++) await ClaimAsync(admin, tenant, NewDomain());

        Assert.Equal("conflict", await admin.PostJsonAsync($"{tenant.Api}/domains", Named(NewDomain())).ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_page_claims_shows_what_to_write_checks_and_removes()
    {
        var tenant = await portal.NewTenantAsync();
        var name = NewDomain();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var pages = $"{tenant.Pages}/settings/domains";

        using var claimed = await browser.PostAsync($"{pages}?handler=Add", new() { ["Name"] = name }, pages);
        var page = await browser.OpenAsync(claimed.Headers.Location!.ToString());
        var domain = await portal.LookAsync(tenant, db => db.Domains.AsNoTracking().SingleAsync(d => d.Name == name, Cancel));
        Assert.Contains(DomainProof.ValueOf(domain.Challenge!), page.Body!.Says(), StringComparison.Ordinal);

        using var early = await browser.PostAsync($"{pages}?handler=Check", new() { ["domain"] = $"{domain.Id}" }, pages);
        Assert.Contains("not there yet", (await browser.OpenAsync(pages)).Body!.Says(), StringComparison.Ordinal);
        Dns.Set(DomainProof.NameOf(name), DomainProof.ValueOf(domain.Challenge!));
        using var check = await browser.PostAsync($"{pages}?handler=Check", new() { ["domain"] = $"{domain.Id}" }, pages);
        Assert.Contains("is yours", (await browser.OpenAsync(pages)).Body!.Says(), StringComparison.Ordinal);

        var version = await portal.LookAsync(tenant, db => db.Domains.Where(d => d.Name == name).Select(d => d.Version).SingleAsync(Cancel));
        using var removed = await browser.PostAsync($"{pages}?handler=Remove", new() { ["domain"] = $"{domain.Id}", ["version"] = $"{version}" }, pages);
        Assert.DoesNotContain(name, await browser.ReadAsync(pages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_helpdesk_sees_the_page_and_changes_nothing_on_it()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Helpdesk));
        var page = await browser.OpenAsync($"{tenant.Pages}/settings/domains");
        Assert.Contains(tenant.Domain, page.Body!.Says(), StringComparison.Ordinal);
        Assert.Null(page.QuerySelector("form[action*='handler=Add']"));

        using var refused = await browser.PostAsync($"{tenant.Pages}/settings/domains?handler=Add", new() { ["Name"] = NewDomain() }, "/sign-out");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private sealed record Claim(string Id, string Name, string Record, string Value, bool IsActive);

    private static string NewDomain() => $"{PortalFactory.NewName("domain")}.example";

    private static string Named(string name) => $$"""{"name": "{{name}}"}""";

    private static string Mailbox(string address) => $$"""{"address": "{{address}}", "displayName": "A"}""";

    private async Task<(TestTenant, HttpClient)> TenantAsync()
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    private static async Task<Claim> ClaimAsync(HttpClient admin, TestTenant tenant, string name)
    {
        var made = await admin.PostJsonAsync($"{tenant.Api}/domains", Named(name)).JsonAsync(HttpStatusCode.Created);
        var proof = made.GetProperty("proof");
        return new(
            made.GetProperty("id").GetString()!, name, proof.GetProperty("name").GetString()!, proof.GetProperty("value").GetString()!,
            made.GetProperty("activeSince").ValueKind != System.Text.Json.JsonValueKind.Null);
    }

    private static Task<HttpResponseMessage> CheckAsync(HttpClient admin, TestTenant tenant, Claim claim) =>
        admin.PostJsonAsync($"{tenant.Api}/domains/{claim.Name}/proof", "{}");

    private static async Task<HttpResponseMessage> DeleteAsync(HttpClient admin, string path) =>
        await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: (await admin.ETagAsync(path)).ToString());

    private Task LookAsync() => ActivatorUtilities.CreateInstance<DomainProofWorker>(portal.Services).LookAsync(Cancel);
}
