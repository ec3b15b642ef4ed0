using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Xunit;

namespace AdminPortal.Tests.Features.MailAccess;

public sealed class SwitchPageTests(AccessStage stage) : IClassFixture<AccessStage>
{
    [Fact]
    public async Task Without_scripts_a_switch_leads_back_to_the_page_that_says_what_happened()
    {
        var mailbox = await stage.MailboxAsync();
        using var browser = await BrowserAsync(PortalRole.Helpdesk);

        var answer = await browser.PostAsync(Switch(mailbox, "pop3"), new() { ["pop3"] = "disabled", ["returnUrl"] = Page(mailbox) }, Page(mailbox));

        Assert.Equal((HttpStatusCode.Redirect, Page(mailbox)), (answer.StatusCode, answer.Headers.Location?.ToString()));
        var page = await ReadAsync(browser, Page(mailbox));
        Assert.StartsWith($"POP3 is off for {mailbox.Address}. Effective after", Status(page), StringComparison.Ordinal);
        Assert.Equal("false", Control(page, "pop3").GetAttribute("aria-checked"));
        Assert.Equal("", Status(await ReadAsync(browser, Page(mailbox))));
    }

    [Fact]
    public async Task Nobody_is_led_away_to_somewhere_else()
    {
        var mailbox = await stage.MailboxAsync();
        using var browser = await BrowserAsync(PortalRole.Helpdesk);

        var answer = await browser.PostAsync(Switch(mailbox, "pop3"), new() { ["pop3"] = "disabled", ["returnUrl"] = "https://evil.example/" }, Page(mailbox));

        Assert.Equal($"{stage.Contoso.Pages}/mailboxes", answer.Headers.Location?.ToString());
    }

    [Fact]
    public async Task With_scripts_the_answer_is_the_switch_and_the_sentence()
    {
        var mailbox = await stage.MailboxAsync();
        using var browser = await BrowserAsync(PortalRole.Helpdesk);

        var part = await SwitchAsync(browser, mailbox, Switch(mailbox, "imap"), "imap", "disabled");

        Assert.Equal("false", Control(part, "imap").GetAttribute("aria-checked"));
        Assert.Null(part.QuerySelector("section"));
        var undo = part.QuerySelector("[hx-swap-oob] button[formaction]")!;
        Assert.Equal(("imap", "inherit", Control(part, "imap").GetAttribute("formaction")), (undo.GetAttribute("name"), undo.GetAttribute("value"), undo.GetAttribute("formaction")));
    }

    [Fact]
    public async Task Of_two_who_switch_on_one_card_the_second_is_told_who_was_first_and_changes_nothing()
    {
        var mailbox = await stage.MailboxAsync();
        using var first = await BrowserAsync(PortalRole.TenantAdmin);
        using var second = await BrowserAsync(PortalRole.Helpdesk);
        var seen = Control(await ReadAsync(second, Page(mailbox)), "pop3").GetAttribute("formaction")!;
        await SwitchAsync(first, mailbox, Control(await ReadAsync(first, Page(mailbox)), "pop3").GetAttribute("formaction")!, "pop3", "disabled");

        var part = await SwitchAsync(second, mailbox, seen, "pop3", "enabled");

        Assert.Matches(@"^tenantadmin-\d+@contoso\.example changed this just now, so nothing was changed now\. POP3 is off for ", Status(part));
        Assert.Equal("false", Control(part, "pop3").GetAttribute("aria-checked"));
        Assert.Equal([AccessSettings.Inherited with { Pop3 = AccessSetting.Disabled }], await stage.SettingsAsync([mailbox]));
    }

    [Fact]
    public async Task A_card_of_one_protocol_does_not_mind_that_another_was_switched()
    {
        var mailbox = await stage.MailboxAsync();
        using var browser = await BrowserAsync(PortalRole.Helpdesk);
        var page = await ReadAsync(browser, Page(mailbox));

        await SwitchAsync(browser, mailbox, Control(page, "pop3").GetAttribute("formaction")!, "pop3", "disabled");
        await SwitchAsync(browser, mailbox, Control(page, "smtp").GetAttribute("formaction")!, "smtp", "disabled");

        Assert.Equal([new(AccessSetting.Disabled, AccessSetting.Inherit, AccessSetting.Disabled)], await stage.SettingsAsync([mailbox]));
    }

    [Fact]
    public async Task A_switch_below_an_exception_says_that_it_is_stored_and_what_stands_above()
    {
        var mailbox = await stage.MailboxAsync();
        await stage.AddAsync(new AccessException
        {
            TenantId = stage.Contoso.Id, MailboxId = mailbox.Id, Protocol = MailProtocol.Pop3, Effect = ExceptionEffect.Deny, Reason = "Stolen phone",
            StartsAt = DateTimeOffset.UnixEpoch, CreatedBy = "admin",
        });
        using var browser = await BrowserAsync(PortalRole.TenantAdmin);

        var part = await SwitchAsync(browser, mailbox, Switch(mailbox, "pop3"), "pop3", "enabled");

        Assert.Contains("POP3 is suspended: Stolen phone", Status(part), StringComparison.Ordinal);
        Assert.Equal("false", Control(part, "pop3").GetAttribute("aria-checked"));
    }

    [Fact]
    public async Task Where_the_portal_only_records_the_answer_says_so()
    {
        var pod = new Pod { TenantId = stage.Contoso.Id, Id = Guid.CreateVersion7(), Name = "Exchange Online", Kind = PodKind.ExchangeScript };
        await stage.AddAsync(pod);
        var mailbox = await stage.Portal.NewMailboxAsync(stage.Contoso, more: m => m.PodId = pod.Id);
        using var browser = await BrowserAsync(PortalRole.TenantAdmin);

        var part = await SwitchAsync(browser, mailbox, Switch(mailbox, "smtp"), "smtp", "disabled");

        Assert.Equal($"SMTP is off for {mailbox.Address}. Recorded here and not yet carried out at Exchange Online.", Status(part));
    }

    [Fact]
    public async Task The_auditor_sees_the_state_as_a_word_and_cannot_switch()
    {
        var mailbox = await stage.MailboxAsync();
        using var browser = await BrowserAsync(PortalRole.Auditor);

        var page = await ReadAsync(browser, Page(mailbox));

        Assert.Empty(page.QuerySelectorAll("[role=switch]"));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            (await browser.PostAsync(Switch(mailbox, "pop3"), new() { ["pop3"] = "disabled" }, Page(mailbox))).StatusCode);
    }

    [Fact]
    public async Task A_bulk_change_is_previewed_confirmed_and_followed()
    {
        var mailboxes = await stage.MailboxesAsync(2);
        using var browser = await BrowserAsync(PortalRole.TenantAdmin);
        var preview = $"{stage.Contoso.Pages}/access/changes/new?{string.Join('&', mailboxes.Select(m => $"ids={m.Id}"))}&pop3=disabled";

        var page = await ReadAsync(browser, preview);
        Assert.Equal("Change 2 mailboxes: POP3 off", page.QuerySelector("main .btn-primary")!.TextContent);

        var fields = page.QuerySelectorAll("main form input[type=hidden][name=ids]").Select(i => i.GetAttribute("value")!).ToList();
        Assert.Equal(mailboxes.Select(m => m.Id.ToString()), fields);
        var answer = await browser.PostAsync(
            $"{stage.Contoso.Pages}/access/changes/new", new() { ["ids"] = fields[0], ["pop3"] = "disabled", ["reason"] = "Retired" }, preview);

        Assert.StartsWith($"{stage.Contoso.Pages}/operations/", answer.Headers.Location?.ToString(), StringComparison.Ordinal);
        await stage.Admin.GetStringAsync($"operations/{answer.Headers.Location!.ToString().Split('/')[^1]}/events", TestContext.Current.CancellationToken);
        var operation = await ReadAsync(browser, answer.Headers.Location.ToString());
        Assert.Contains("Retired", operation.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Undo 1 change", operation.QuerySelector("main .head button")!.TextContent);
        Assert.Equal(mailboxes[0].Address, operation.QuerySelector("tbody th")!.TextContent.Trim());
    }

    [Theory]
    [InlineData("?pop3=disabled")]
    [InlineData("?all=true&filter=pop3%3Dmaybe&pop3=disabled")]
    [InlineData("?ids=nobody&pop3=disabled")]
    public async Task A_preview_of_nothing_or_of_nonsense_is_refused(string query)
    {
        using var browser = await BrowserAsync(PortalRole.TenantAdmin);

        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync($"{stage.Contoso.Pages}/access/changes/new{query}")).StatusCode);
    }

    [Fact]
    public async Task The_audit_page_says_it_in_words()
    {
        var mailbox = await stage.MailboxAsync();
        await stage.Admin.PatchAsync($"mailboxes/{mailbox.Id}/access", new { pop3 = "disabled", reason = "Leaver" });
        using var browser = await BrowserAsync(PortalRole.Auditor);

        var row = (await ReadAsync(browser, $"{stage.Contoso.Pages}/audit?target={mailbox.Address}")).QuerySelector("tbody tr")!;

        var words = string.Join(' ', row.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains($"changed access {mailbox.Address} “Leaver” POP3 inherited → becomes off", words, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.GetAsync($"{stage.Contoso.Pages}/audit?from=yesterday")).StatusCode);
    }

    private string Page(TestMailbox mailbox) => $"{stage.Contoso.Pages}/mailboxes/{mailbox.Address}";

    private string Switch(TestMailbox mailbox, string protocol) => $"{stage.Contoso.Pages}/access/switch/{mailbox.Id}/{protocol}";

    private async Task<Browser> BrowserAsync(PortalRole role) => await stage.Portal.SignInAsync(await stage.Portal.NewPersonAsync(stage.Contoso, role));

    private static async Task<IDocument> ReadAsync(Browser browser, string path) => Parse(await browser.ReadAsync(path));

    /// <summary>As htmx sends it: the answer is a part of the page.</summary>
    private async Task<IDocument> SwitchAsync(Browser browser, TestMailbox mailbox, string action, string protocol, string wanted)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, action) { Content = new FormUrlEncodedContent([new(protocol, wanted)]) };
        request.Headers.Add("HX-Request", "true");
        request.Headers.Add("RequestVerificationToken", await browser.TokenAsync(Page(mailbox)));
        using var answer = await browser.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static IDocument Parse(string html) => new HtmlParser().ParseDocument(html);

    private static IElement Control(IDocument page, string protocol) => page.QuerySelector($"[role=switch][name={protocol}]")!;

    private static string Status(IDocument page) => (page.QuerySelector(".status-message .verdict")?.TextContent ?? "").Trim();
}
