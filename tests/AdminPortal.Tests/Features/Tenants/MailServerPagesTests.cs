using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.Tenants;

/// <summary>The pages of the mail servers: a credential goes in by a form, is seen to be there, and never comes out.</summary>
public sealed class MailServerPagesTests : IClassFixture<PortalFactory>
{
    private const string Password = "canary-of-a-service-password";
    private readonly PortalFactory portal;
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider time;

    public MailServerPagesTests(PortalFactory portal) => (this.portal, time) = (portal, portal.UseTime());

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_set_seen_by_whom_replaced_and_cleared_by_plain_forms()
    {
        var (tenant, person, browser, page) = await PodAsync();
        using (browser)
        {
            Assert.Contains("Not set", (await browser.OpenAsync(page)).Body!.Says(), StringComparison.Ordinal);
            Assert.Contains("is set", await SetAsync(browser, page, Password), StringComparison.Ordinal);
            Assert.Equal(Password, await OpenedAsync(tenant));
            foreach (var seen in new[] { page, $"{tenant.Pages}/settings/mail-servers", $"{tenant.Pages}/audit" })
            {
                var markup = await browser.ReadAsync(seen);
                Assert.DoesNotContain(Password, markup, StringComparison.Ordinal);
                if (!seen.EndsWith("audit", StringComparison.Ordinal)) Assert.Contains($"Set by {person.UserName}", WebUtility.HtmlDecode(markup), StringComparison.Ordinal);
            }
            Assert.Null((await browser.OpenAsync(page)).QuerySelector("input[type=password]")!.GetAttribute("value"));

            await SetAsync(browser, page, "another");
            Assert.Equal("another", await OpenedAsync(tenant));
            using var cleared = await browser.PostAsync($"{page}?handler=Clear", new() { ["version"] = await VersionAsync(browser, page) }, page);
            Assert.Contains($"Cleared by {person.UserName}", (await browser.OpenAsync(page)).Body!.Says(), StringComparison.Ordinal);
            Assert.Equal(0, await portal.LookAsync(tenant, db => db.ServiceCredentials.CountAsync(c => c.UserName == "checker", Cancel)));
        }
    }

    [Fact]
    public async Task Another_host_clears_it_and_the_page_warns_before_and_after()
    {
        var (tenant, person, browser, page) = await PodAsync();
        using (browser)
        {
            await SetAsync(browser, page, Password);
            Assert.Contains("Another host clears the service credential", (await browser.OpenAsync(page)).Body!.Says(), StringComparison.Ordinal);

            using var renamed = await browser.PostAsync(
                $"{page}?handler=Save", new() { ["version"] = await VersionAsync(browser, page), ["Name"] = "Renamed", ["Host"] = "mail.example.net" }, page);
            Assert.Equal(Password, await OpenedAsync(tenant));
            using var moved = await browser.PostAsync(
                $"{page}?handler=Save", new() { ["version"] = await VersionAsync(browser, page), ["Name"] = "Renamed", ["Host"] = "listener.example.org" }, page);

            var told = (await browser.OpenAsync(page)).Body!.Says();
            Assert.Contains("so its service credential was cleared: set it anew", told, StringComparison.Ordinal);
            Assert.Contains($"Cleared when {person.UserName} changed the host", told, StringComparison.Ordinal);
            Assert.Equal(0, await portal.LookAsync(tenant, db => db.ServiceCredentials.CountAsync(c => c.UserName == "checker", Cancel)));

            await SetAsync(browser, page, "for the new one");
            Assert.Contains($"Set by {person.UserName}", (await browser.OpenAsync(page)).Body!.Says(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_is_wrong_is_said_at_its_field_and_the_password_is_not_sent_back()
    {
        var (_, _, browser, page) = await PodAsync();
        using (browser)
        {
            using var refused = await browser.PostAsync(
                $"{page}?handler=Credential", new() { ["version"] = await VersionAsync(browser, page), ["UserName"] = "two\nlines", ["Password"] = Password }, page);
            var markup = await refused.Content.ReadAsStringAsync(Cancel);
            Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
            Assert.Contains("without line breaks", markup, StringComparison.Ordinal);
            Assert.DoesNotContain(Password, markup, StringComparison.Ordinal);

            using var host = await browser.PostAsync(
                $"{page}?handler=Save", new() { ["version"] = await VersionAsync(browser, page), ["Name"] = "X", ["Host"] = "host:993" }, page);
            Assert.Contains("without a port", await host.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            using var late = await browser.PostAsync($"{page}?handler=Save", new() { ["version"] = "99", ["Name"] = "X", ["Host"] = "a.example" }, page);
            Assert.Contains("Somebody else changed this meanwhile", await late.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_session_whose_proof_is_old_is_asked_before_the_form_is_filled_in_and_others_only_look()
    {
        var (tenant, _, browser, page) = await PodAsync();
        using (browser)
        {
            time.Advance(TimeSpan.FromMinutes(11));
            using var asked = await browser.GetAsync(page);
            Assert.Equal($"/step-up?returnUrl={Uri.EscapeDataString(page)}", asked.Headers.Location?.ToString());
            using var sent = await browser.PostAsync($"{page}?handler=Credential", new() { ["version"] = "1", ["UserName"] = "a", ["Password"] = "b" }, "/sign-out");
            Assert.StartsWith("/step-up", sent.Headers.Location?.ToString(), StringComparison.Ordinal);
        }
        using var auditor = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Auditor));
        var list = await auditor.OpenAsync($"{tenant.Pages}/settings/mail-servers");
        Assert.Contains("Theirs", list.Body!.Says(), StringComparison.Ordinal);
        Assert.Null(list.QuerySelector($"a[href='{page}']"));
        using var refused = await auditor.GetAsync(page);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    private static async Task<string> SetAsync(Browser browser, string page, string password)
    {
        using var sent = await browser.PostAsync(
            $"{page}?handler=Credential", new() { ["version"] = await VersionAsync(browser, page), ["UserName"] = "checker", ["Password"] = password }, page);
        Assert.Equal(page, sent.Headers.Location?.ToString());
        return (await browser.OpenAsync(page)).Body!.Says();
    }

    private static async Task<string> VersionAsync(Browser browser, string page) =>
        (await browser.OpenAsync(page)).QuerySelector("input[name=version]")!.GetAttribute("value")!;

    private async Task<(TestTenant, TestPerson, Browser, string Page)> PodAsync()
    {
        var tenant = await portal.NewTenantAsync();
        var id = Guid.CreateVersion7();
        await portal.LookAsync(tenant, db =>
        {
            db.Add(new Pod { TenantId = tenant.Id, Id = id, Name = "Theirs", Kind = PodKind.DovecotView, Host = "mail.example.net" });
            return db.SaveChangesAsync(Cancel);
        });
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        return (tenant, person, await portal.SignInAsync(person), $"{tenant.Pages}/settings/mail-servers/{id}");
    }

    private Task<string> OpenedAsync(TestTenant tenant) => portal.InTenantAsync(tenant, async scope =>
    {
        var db = scope.GetRequiredService<PortalDbContext>();
        var pod = await db.Pods.SingleAsync(p => p.Host != null, Cancel);
        return scope.GetRequiredService<ServiceCredentials>().Open(await db.ServiceCredentials.SingleAsync(c => c.PodId == pod.Id, Cancel), pod);
    });
}
