using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes;

/// <summary>The page of one mailbox.</summary>
public sealed class MailboxPageTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mailbox_is_opened_by_its_address_in_any_case_or_by_its_id()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, "anna+news", more: m => (m.DisplayName, m.PlanId) = ("Anna Schmidt", contoso.PlanId));
        var browser = await SignInAsync(contoso);

        foreach (var name in new[] { mailbox.Address, mailbox.Address.ToUpperInvariant(), mailbox.Id.ToString() })
        {
            var page = await browser.OpenAsync($"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(name)}");
            Assert.Equal("Anna Schmidt", page.QuerySelector("h1").Says());
            Assert.Contains($"{mailbox.Address} · Plan Everyone", page.QuerySelector(".sub").Says(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_alias_leads_on_to_the_primary_address_and_keeps_the_tab()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        await portal.LookAsync(contoso, db =>
        {
            db.Add(new MailboxAlias { TenantId = contoso.Id, MailboxId = mailbox.Id, Address = $"info@{contoso.Domain}" });
            return db.SaveChangesAsync(Cancel);
        });
        using var answer = await (await SignInAsync(contoso)).GetAsync($"{contoso.Pages}/mailboxes/info@{contoso.Domain}?tab=about");

        Assert.Equal($"{contoso.Pages}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}?tab=about", answer.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task One_that_does_not_exist_and_one_of_somebody_else_are_the_same_page_of_not_found()
    {
        var contoso = await portal.NewTenantAsync();
        var fabrikam = await portal.NewTenantAsync();
        var foreign = await portal.NewMailboxAsync(fabrikam);
        var browser = await SignInAsync(contoso);

        foreach (var name in new[] { $"nobody@{contoso.Domain}", "nonsense", Guid.CreateVersion7().ToString(), foreign.Address, foreign.Id.ToString() })
        {
            using var answer = await browser.GetAsync($"{contoso.Pages}/mailboxes/{name}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("Not found", (await Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel))).QuerySelector("h1").Says());
        }
    }

    [Fact]
    public async Task The_first_tab_is_what_to_hand_out_and_a_tab_that_is_none_leads_to_it()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        var browser = await SignInAsync(contoso);
        var first = await browser.OpenAsync($"{contoso.Pages}/mailboxes/{mailbox.Id}");

        Assert.Equal("Settings to hand out", first.QuerySelector(".tabs [aria-current]").Says());
        Assert.Contains(mailbox.Address, first.Says(".facts .value"));
        using var none = await browser.GetAsync($"{contoso.Pages}/mailboxes/{mailbox.Id}?tab=none");
        Assert.Equal($"{contoso.Pages}/mailboxes/{mailbox.Id}", none.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Sign_ins_are_told_with_result_place_and_number_the_latest_first()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        await portal.LookAsync(contoso, db =>
        {
            db.AddRange(Attempt(MailSignInResult.Succeeded, "192.0.2.1", daysAgo: 2, 17), Attempt(MailSignInResult.AccessDisabled, "192.0.2.2", daysAgo: 1, 3));
            return db.SaveChangesAsync(Cancel);
        });
        var page = await (await SignInAsync(contoso)).OpenAsync($"{contoso.Pages}/mailboxes/{mailbox.Id}?tab=sign-ins");

        Assert.Equal(
            ["Refused, switched off POP3 192.0.2.2 PLAIN 1 day ago 1 day ago 3", "Signed in POP3 192.0.2.1 PLAIN 2 days ago 2 days ago 17"],
            page.Says("main tbody tr"));

        SignInAttempt Attempt(MailSignInResult result, string from, int daysAgo, int count)
        {
            var at = TimeProvider.System.GetUtcNow().AddDays(-daysAgo);
            return new()
            {
                TenantId = contoso.Id, Id = Guid.CreateVersion7(), MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Result = result, RemoteAddress = from,
                Mechanism = "PLAIN", FirstAt = at, LastAt = at, Count = count,
            };
        }
    }

    [Theory]
    [InlineData(PortalRole.TenantAdmin, true)]
    [InlineData(PortalRole.Auditor, true)]
    [InlineData(PortalRole.Helpdesk, false)]
    public async Task History_is_for_those_who_may_read_the_audit_trail(PortalRole role, bool shown)
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        var browser = await SignInAsync(contoso, role);
        var page = $"{contoso.Pages}/mailboxes/{mailbox.Id}";
        using var history = await browser.GetAsync($"{page}?tab=history");

        Assert.Equal(shown, (await browser.OpenAsync(page)).LinkOf("History") is not null);
        Assert.Equal(shown ? null : page, history.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Where_the_portal_only_records_the_page_says_so()
    {
        var contoso = await portal.NewTenantAsync();
        var pod = Guid.CreateVersion7();
        await portal.LookAsync(contoso, db =>
        {
            db.Add(new Pod { TenantId = contoso.Id, Id = pod, Name = "Exchange Online", Kind = PodKind.ExchangeScript });
            return db.SaveChangesAsync(Cancel);
        });
        var mailbox = await portal.NewMailboxAsync(contoso, more: m => m.PodId = pod);
        var browser = await SignInAsync(contoso);

        Assert.NotNull((await browser.OpenAsync($"{contoso.Pages}/mailboxes/{mailbox.Id}")).QuerySelector(".panel .verdict-warning"));
        Assert.Equal("recorded here only", (await browser.OpenAsync($"{contoso.Pages}/mailboxes")).QuerySelector("[data-row] .aside").Says());
    }

    private async Task<Browser> SignInAsync(TestTenant tenant, PortalRole role = PortalRole.TenantAdmin) =>
        await portal.SignInAsync(await portal.NewPersonAsync(tenant, role));
}
