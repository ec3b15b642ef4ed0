using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed partial class ImportPagesTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public ImportPagesTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,worker");
        portal.Set("Limits:Import:MaxBytes", "100000");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_administrator_chooses_a_file_reads_the_preview_and_applies_it_without_a_script()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.TenantAdmin));

        using var uploaded = await UploadAsync(browser, contoso, $"PrimarySmtpAddress,PopEnabled,OWAEnabled\n{mailbox.Address},False,True\nnobody@elsewhere.example,True,True\n");
        Assert.Equal(HttpStatusCode.Redirect, uploaded.StatusCode);
        var place = uploaded.Headers.Location!.ToString();
        var preview = await browser.ReadAsync(place);
        Assert.Contains("Import of mailboxes.csv", preview);
        Assert.Contains("Line 3: nobody@elsewhere.example lies in a domain that is not, or not yet, yours.", preview);
        Assert.Contains("inherited → off", preview);
        Assert.Contains("OWAEnabled", preview);

        using var refused = await browser.PostAsync(place, []);
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        Assert.Contains("Nothing was applied: 1 line is refused.", await browser.ReadAsync(place));

        using var applied = await browser.PostAsync(place, new() { ["skipRefused"] = "true", ["reason"] = "Review" });
        Assert.Equal(place, applied.Headers.Location?.ToString());
        Assert.Contains("1 mailbox was created or changed.", await EndAsync(browser, place));
        Assert.Contains(await portal.AuditAsync(contoso), audit => audit is { Action: AuditActions.MailAccessChanged, Reason: "Review" } && audit.Target == mailbox.Address);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_answered_with_its_line_and_the_cure_in_French_too()
    {
        var contoso = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.TenantAdmin));
        browser.Client.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fr");

        using var answer = await UploadAsync(browser, contoso, "Name,PopEnabled\n\"Alice,True\n");

        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("Ligne 2, caractère 1\u00a0: le guillemet ouvert ici n’est pas refermé.", page);
        Assert.Contains("Importer des boîtes aux lettres", page);
    }

    [Fact]
    public async Task A_list_of_addresses_takes_the_action_that_was_chosen()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.TenantAdmin));

        using var uploaded = await UploadAsync(browser, contoso, mailbox.Address, ("Imap", "Disabled"));

        Assert.Contains("list of addresses", await browser.ReadAsync(uploaded.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task A_file_over_the_limit_is_turned_away_before_it_is_read()
    {
        var contoso = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.TenantAdmin));

        using var answer = await UploadAsync(browser, contoso, new string('x', 300_000));

        Assert.Contains("The file is larger than 0 MiB.", await browser.ReadAsync(answer.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task The_helpdesk_is_not_let_in_and_a_foreign_preview_is_not_found()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var helpdesk = await portal.SignInAsync(await portal.NewPersonAsync(ours, PortalRole.Helpdesk));
        using var their = await portal.SignInAsync(await portal.NewPersonAsync(theirs, PortalRole.TenantAdmin));
        using var our = await portal.SignInAsync(await portal.NewPersonAsync(ours, PortalRole.TenantAdmin));
        using var uploaded = await UploadAsync(their, theirs, "Name,PopEnabled\nx,True\n");
        var import = uploaded.Headers.Location!.ToString().Split('/')[^1];

        Assert.Equal(HttpStatusCode.Forbidden, (await helpdesk.GetAsync($"{ours.Pages}/import")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await our.GetAsync($"{ours.Pages}/import/{import}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await our.GetAsync($"{theirs.Pages}/import/{import}")).StatusCode);
    }

    private static async Task<HttpResponseMessage> UploadAsync(Browser browser, TestTenant tenant, string file, params (string Name, string Value)[] fields)
    {
        var page = $"{tenant.Pages}/import";
        using var form = new MultipartFormDataContent
        {
            { new StringContent(await browser.TokenAsync(page)), "__RequestVerificationToken" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "file", "mailboxes.csv" },
        };
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        // A browser always says how much it sends.
        await form.LoadIntoBufferAsync(Cancel);
        return await browser.Client.PostAsync(page, form, Cancel);
    }

    /// <summary>Looks again, as the page without a script invites to, until the operation has ended.</summary>
    private static async Task<string> EndAsync(Browser browser, string place)
    {
        while (true)
        {
            var page = await browser.ReadAsync(place);
            if (!Running().IsMatch(page)) return page;
        }
    }

    [GeneratedRegex("<progress")]
    private static partial Regex Running();
}
