using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Xunit;

namespace AdminPortal.Tests.Features.MySettings;

public sealed class MySettingsTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_sees_what_to_type_in_and_why_POP3_is_missing()
    {
        var contoso = await portal.NewTenantAsync();
        var (browser, _) = await OwnerAsync(contoso, m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });

        var page = await ReadAsync(browser, "/my", "en");

        Assert.Contains("POP3 is off: set on this mailbox.", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("Ask your administrator", page.TextContent, StringComparison.Ordinal);
        Assert.Equal(["IMAP4 (receiving)", "SMTP (sending)"], Headings(page).Where(heading => heading.Contains('(')));
        Assert.Contains("POP3 or IMAP4?", Headings(page));
        Assert.Contains("your mail stays on the server", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("SSL/TLS", page.TextContent, StringComparison.Ordinal);
        Assert.NotEmpty(page.QuerySelectorAll("[data-copy]"));
        Assert.DoesNotContain("keep a copy of messages", page.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_page_in_French()
    {
        var contoso = await portal.NewTenantAsync();
        var (browser, _) = await OwnerAsync(contoso, m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });

        var page = await ReadAsync(browser, "/my", "fr");

        Assert.Contains("POP3 est désactivé", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("vos messages restent sur le serveur", page.TextContent, StringComparison.Ordinal);
        Assert.Equal(["IMAP4 (réception)", "SMTP (envoi)"], Headings(page).Where(heading => heading.Contains('(')));
    }

    [Fact]
    public async Task At_Exchange_Online_the_published_table_is_shown_and_that_switches_are_only_recorded()
    {
        var fabrikam = await portal.NewTenantAsync();
        await portal.LookAsync(fabrikam, async db =>
        {
            db.Pods.Single().Kind = PodKind.ExchangeScript;
            db.MailEndpoints.RemoveRange(db.MailEndpoints);
            return await db.SaveChangesAsync(Cancel);
        });
        var (browser, _) = await OwnerAsync(fabrikam);

        var page = await ReadAsync(browser, "/my", "en");

        Assert.Equal(
            ["outlook.office365.com", "993", "outlook.office365.com", "995", "smtp.office365.com", "587"],
            page.QuerySelectorAll(".facts .copy > .value").Select(value => value.TextContent).Where(value => !value.Contains('@')));
        Assert.Contains("STARTTLS", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("OAuth2", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("Recorded here and not yet carried out at Exchange Online.", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("keep a copy of messages on the server", page.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Advice_follows_the_plan()
    {
        var contoso = await portal.NewTenantAsync();
        await portal.LookAsync(contoso, async db =>
        {
            db.Plans.Single().Preferences = new(SendReceive.Manually, null, false, false);
            return await db.SaveChangesAsync(Cancel);
        });
        var (browser, _) = await OwnerAsync(contoso, m => m.PlanId = contoso.PlanId);

        var page = await ReadAsync(browser, "/my", "en");

        Assert.Contains("Send and receive by hand", page.TextContent, StringComparison.Ordinal);
        Assert.Contains("let the program remove messages from the server", page.TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("IDLE", page.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_off_leaves_nothing_to_type_in()
    {
        var contoso = await portal.NewTenantAsync();
        var (browser, _) = await OwnerAsync(contoso, m => m.Access = new(AccessSetting.Disabled, AccessSetting.Disabled, AccessSetting.Disabled));

        var page = await ReadAsync(browser, "/my", "en");

        Assert.Empty(page.QuerySelectorAll(".facts"));
        Assert.Contains("IMAP4 is off", page.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Me_is_the_own_mailbox_with_access_and_settings()
    {
        var contoso = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(contoso, PortalRole.MailboxOwner);
        using var api = portal.Api(await portal.NewTokenAsync(owner, contoso, "me"));

        using var answer = await api.GetAsync("/api/v1/me", Cancel);
        var me = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);

        Assert.Equal(owner.Mailbox!.Address, me.GetProperty("address").GetString());
        Assert.Equal(contoso.Slug, me.GetProperty("tenant").GetString());
        Assert.True(me.GetProperty("access").GetProperty("imap").GetProperty("effective").GetBoolean());
        Assert.Equal(owner.Mailbox.Address, me.GetProperty("connectionSettings").GetProperty("userName").GetString());
        Assert.Equal("everyMinutes", me.GetProperty("clientPreferences").GetProperty("sendReceive").GetProperty("effective").GetString());

        using var again = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var known = await api.SendAsync(again, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Fact]
    public async Task An_owner_reaches_nothing_but_the_own_mailbox()
    {
        var contoso = await portal.NewTenantAsync();
        var neighbour = await portal.NewMailboxAsync(contoso);
        var owner = await portal.NewPersonAsync(contoso, PortalRole.MailboxOwner);
        using var api = portal.Api(await portal.NewTokenAsync(owner, contoso));
        using var browser = await portal.SignInAsync(owner);

        using var settings = await api.GetAsync($"{contoso.Api}/mailboxes/{neighbour.Address}/connection-settings", Cancel);
        using var checks = await api.GetAsync($"{contoso.Api}/connectivity-checks", Cancel);
        using var page = await browser.GetAsync($"{contoso.Pages}/connectivity");

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden), (settings.StatusCode, checks.StatusCode));
        Assert.NotEqual(HttpStatusCode.OK, page.StatusCode);
    }

    [Fact]
    public async Task Who_owns_no_mailbox_has_no_own_page()
    {
        var contoso = await portal.NewTenantAsync();
        var fabrikam = await portal.NewTenantAsync();
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var owner = await portal.NewPersonAsync(contoso, PortalRole.MailboxOwner);
        using var api = portal.Api(await portal.NewTokenAsync(owner, contoso));

        using var none = await admin.GetAsync("/api/v1/me", Cancel);
        using var elsewhere = await api.GetAsync($"/api/v1/me?tenant={fabrikam.Slug}", Cancel);

        Assert.Equal((HttpStatusCode.Forbidden, HttpStatusCode.NotFound), (none.StatusCode, elsewhere.StatusCode));
    }

    private async Task<(Browser Browser, TestPerson Owner)> OwnerAsync(TestTenant tenant, Action<Mailbox>? more = null)
    {
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        await portal.LookAsync(tenant, async db =>
        {
            more?.Invoke(db.Mailboxes.Single(m => m.Id == owner.Mailbox!.Id));
            return await db.SaveChangesAsync(Cancel);
        });
        return (await portal.SignInAsync(owner), owner);
    }

    private static async Task<IElement> ReadAsync(Browser browser, string path, string language)
    {
        browser.Client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(language);
        var document = await new HtmlParser().ParseDocumentAsync(await browser.ReadAsync(path), Cancel);
        return document.QuerySelector("main")!;
    }

    private static IEnumerable<string> Headings(IElement page) => page.QuerySelectorAll("h2").Select(heading => heading.TextContent);
}
