using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>The pages of checks. No mail server runs here: what is shown was kept before.</summary>
public sealed class ConnectivityPagesTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Alarms_come_first_and_only_while_they_stand()
    {
        var contoso = await portal.NewTenantAsync();
        var standing = await portal.NewMailboxAsync(contoso, more: SwitchPop3Off);
        var cured = await portal.NewMailboxAsync(contoso, more: SwitchPop3Off);
        var switchedOnSince = await portal.NewMailboxAsync(contoso);
        await KeepAsync(contoso, standing, "worksThoughDenied");
        await KeepAsync(contoso, switchedOnSince, "worksThoughDenied");
        await KeepAsync(contoso, cured, "worksThoughDenied");
        await KeepAsync(contoso, cured, "refusedAsDenied");
        using var auditor = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.Auditor));

        var page = await auditor.ReadAsync($"{contoso.Pages}/connectivity");

        var alarms = page[page.IndexOf("Let in although switched off", StringComparison.Ordinal)..page.IndexOf("Latest checks", StringComparison.Ordinal)];
        Assert.Contains(standing.Address, alarms, StringComparison.Ordinal);
        Assert.DoesNotContain(cured.Address, alarms, StringComparison.Ordinal);
        Assert.DoesNotContain(switchedOnSince.Address, alarms, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_hostile_server_said_is_text()
    {
        var contoso = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(contoso, PortalRole.MailboxOwner);
        await KeepAsync(contoso, owner.Mailbox!, "failsThoughAllowed", "<script>alert(1)</script>");
        using var browser = await portal.SignInAsync(owner);

        var page = await browser.ReadAsync("/my");

        Assert.DoesNotContain("<script>alert", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_form_runs_checks_and_leads_back_and_htmx_gets_the_panel_alone()
    {
        var contoso = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(contoso, PortalRole.MailboxOwner);
        using var browser = await portal.SignInAsync(owner);

        using var plain = await browser.PostAsync($"/my/check?tenant={contoso.Slug}", new() { ["protocol"] = "all", ["returnUrl"] = "/my" }, page: "/my");
        browser.Client.DefaultRequestHeaders.Add("HX-Request", "true");
        using var swapped = await browser.PostAsync("/my/check", new() { ["protocol"] = "imap" }, page: "/my");

        Assert.Equal((HttpStatusCode.Redirect, "/my"), (plain.StatusCode, plain.Headers.Location?.OriginalString));
        var panel = await swapped.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith("<div id=\"connectivity\"", panel.TrimStart(), StringComparison.Ordinal);
        // Nothing listens in this test, and that is what the check found.
        Assert.Contains("IMAP4 does not work", panel, StringComparison.Ordinal);
        Assert.Equal(4, await portal.LookAsync(contoso, db => Task.FromResult(db.ConnectivityChecks.Count())));
    }

    [Fact]
    public async Task A_form_without_the_token_an_auditors_form_and_a_strange_address_to_return_to_are_refused()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var helpdesk = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.Helpdesk));
        using var auditor = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.Auditor));
        var action = $"{contoso.Pages}/connectivity/check";
        Dictionary<string, string> Fields() => new() { ["mailbox"] = mailbox.Id.ToString(), ["protocol"] = "imap", ["returnUrl"] = "https://elsewhere.example/" };

        using var forged = await helpdesk.Client.PostAsync(action, new FormUrlEncodedContent(Fields()), Cancel);
        using var byAuditor = await auditor.PostAsync(action, Fields(), page: $"{contoso.Pages}/connectivity");
        using var byHelpdesk = await helpdesk.PostAsync(action, Fields(), page: $"{contoso.Pages}/connectivity");

        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.NotEqual(HttpStatusCode.OK, byAuditor.StatusCode);
        Assert.Equal("/", byHelpdesk.Headers.Location?.OriginalString);
        Assert.Equal(1, await portal.LookAsync(contoso, db => Task.FromResult(db.ConnectivityChecks.Count())));
    }

    private static void SwitchPop3Off(Mailbox mailbox) => mailbox.Access = AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled };

    private Task<int> KeepAsync(TestTenant tenant, TestMailbox mailbox, string verdict, string? said = null) => portal.LookAsync(tenant, async db =>
    {
        db.ConnectivityChecks.Add(new()
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Endpoint = "localhost:1995 implicitTls",
            Credential = "service", Verdict = verdict, DurationMs = 12, RequestedBy = "somebody",
            Steps = System.Text.Json.JsonSerializer.SerializeToDocument(new[] { new { name = "greeting", outcome = "failed", durationMs = 3, serverSaid = said } }),
        });
        return await db.SaveChangesAsync(Cancel);
    });
}
