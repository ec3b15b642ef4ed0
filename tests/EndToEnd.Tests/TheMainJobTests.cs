using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Tests.Infrastructure;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Playwright;
using MimeKit;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace AdminPortal.EndToEnd;

/// <summary>
/// The product's main job from end to end, as one story: the portal in a process of its own, a real browser, real PostgreSQL, real sockets
/// and a real mail client. Chapters are methods; each leaves the house as the next expects it.
/// </summary>
public sealed class TheMainJobTests(TestCluster cluster)
{
    private const string Address = "first.mailbox@contoso.example";
    private const string NewAddress = "new.colleague@contoso.example";
    private static readonly TimeSpan ASecond = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_administrator_switches_a_protocol_and_everybody_knows()
    {
        var folder = Directory.CreateTempSubdirectory("adminportal-story-");
        try
        {
            await using var database = await (await cluster.StartedAsync()).CopyAsync(Cancel);
            await using var portal = await PortalProcess.StartAsync(database, folder.FullName, Cancel);
            await using var browser = await Browser.StartAsync();
            var admin = await SignInAsync(browser, portal, "contoso", "TenantAdmin");

            await ImportsAFileAsync(admin);
            await FindsAMailboxAndSwitchesWithoutScriptsTooAsync(browser, portal, admin);
            await SwitchesPop3OffAndTheMailServerObeysAsync(portal, admin);
            await ChecksAsRealClientsWithoutThePasswordAsync(admin);
            await TheOwnerReadsTheSettingsAsync(browser, portal);
            await ExchangeOnlineIsRecordedOnlyAsync(browser, portal);
            await AutomationDoesTheSameAsync(portal);
            await TheAuditTrailTellsItAsync(admin);
            SecretsStayedOutOfTheLog(portal);
            Assert.Empty(browser.Complaints);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // 1. A CSV as Get-CASMailbox | Export-Csv writes it: preview, then all or nothing.
    private static async Task ImportsAFileAsync(IPage admin)
    {
        await admin.GotoAsync("/t/contoso/import");
        await admin.SetInputFilesAsync("input[type=file]", new FilePayload
        {
            Name = "mailboxes.csv",
            MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes(
                $"""
                #TYPE Microsoft.Exchange.Data.Directory.Management.CASMailbox
                "Name","PrimarySmtpAddress","PopEnabled","IMAPEnabled","OWAEnabled"
                "First Mailbox","{Address}","True","True","True"
                "New Colleague","{NewAddress}","False","True","True"
                "Stranger","someone@elsewhere.example","True","True","True"

                """),
        });
        await admin.GetByRole(AriaRole.Button, new() { Name = "Show the preview" }).ClickAsync();
        await Expect(admin.Locator("main")).ToContainTextAsync("OWAEnabled");
        await Expect(admin.Locator("main")).ToContainTextAsync("elsewhere.example");
        await Expect(admin.Locator("main")).ToContainTextAsync("Line 5");
        await Expect(admin.Locator("main")).ToContainTextAsync(NewAddress);

        await admin.Locator("main").GetByRole(AriaRole.Checkbox).CheckAsync();
        await admin.Locator("main").GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(admin.Locator("main")).ToContainTextAsync("Applied. 1 mailbox was created or changed. 1 was so already. 1 line was left out.");
    }

    // 2. The list: search, the switch in a row, and the same form without scripts.
    private static async Task FindsAMailboxAndSwitchesWithoutScriptsTooAsync(Browser browser, PortalProcess portal, IPage admin)
    {
        await admin.GotoAsync("/t/contoso/mailboxes");
        await admin.Locator("input[type=search]").First.FillAsync("new.coll");
        await Expect(Row(admin, NewAddress)).ToBeVisibleAsync();
        await Expect(admin.Locator("tr[data-row]")).ToHaveCountAsync(1);
        await Expect(Switch(admin, "POP3", NewAddress)).ToHaveAttributeAsync("aria-checked", "false");

        await Switch(admin, "POP3", NewAddress).ClickAsync();
        await Expect(Switch(admin, "POP3", NewAddress)).ToHaveAttributeAsync("aria-checked", "true");
        await Expect(admin.GetByRole(AriaRole.Status).First).ToContainTextAsync($"POP3 is on for {NewAddress}");

        var plain = await SignInAsync(browser, portal, "contoso", "Helpdesk", javaScript: false);
        await plain.GotoAsync("/t/contoso/mailboxes?search=new.coll");
        await Switch(plain, "POP3", NewAddress).ClickAsync();
        await Expect(Switch(plain, "POP3", NewAddress)).ToHaveAttributeAsync("aria-checked", "false");
        await Expect(plain.Locator("body")).ToContainTextAsync($"POP3 is off for {NewAddress}");
    }

    // 3. POP3 off for one mailbox: the open session ends within a second, the next login is refused, IMAP4 goes on.
    private static async Task SwitchesPop3OffAndTheMailServerObeysAsync(PortalProcess portal, IPage admin)
    {
        var mailbox = portal.Demo.Mailboxes.Single(m => m.Address == Address);
        using var pop3 = portal.Trusted(new Pop3Client());
        using var imap = portal.Trusted(new ImapClient());
        await pop3.ConnectAsync("localhost", portal.Ports.Pop3s, SecureSocketOptions.SslOnConnect, Cancel);
        await pop3.AuthenticateAsync(Address, mailbox.AppPassword, Cancel);
        await imap.ConnectAsync("localhost", portal.Ports.Imap, SecureSocketOptions.StartTls, Cancel);
        await imap.AuthenticateAsync(Address, mailbox.Password, Cancel);
        Assert.True(pop3.Count > 0, "The demonstration has real messages.");

        await admin.GotoAsync($"/t/contoso/mailboxes/{Address}");
        await Switch(admin, "POP3", Address).ClickAsync();
        await Expect(admin.GetByRole(AriaRole.Status).First).ToContainTextAsync($"POP3 is off for {Address}");
        await Expect(admin.GetByRole(AriaRole.Status).First).ToContainTextAsync("1 session ended");

        await Assert.ThrowsAnyAsync<Exception>(() => pop3.NoOpAsync(Cancel).WaitAsync(ASecond, Cancel));
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
        Assert.True(imap.Inbox.Count > 0);

        Assert.Contains("POP3 is switched off", await RefusalAsync(portal, mailbox.Password));
        Assert.DoesNotContain("switched off", await RefusalAsync(portal, "not-the-password"));
        await SendsAsync(portal, mailbox);
    }

    // 4. Real clients against the live endpoints, signed in with the service credential.
    private static async Task ChecksAsRealClientsWithoutThePasswordAsync(IPage admin)
    {
        await admin.GotoAsync($"/t/contoso/mailboxes/{Address}?tab=connectivity");
        await admin.GetByRole(AriaRole.Button, new() { Name = "Check all three" }).ClickAsync();
        var results = admin.Locator("#connectivity");
        await Expect(results).ToContainTextAsync("POP3 is off and refused, as it should be");
        await Expect(results).ToContainTextAsync("IMAP4 is on and works");
        await Expect(results).ToContainTextAsync("SMTP is on and works");
        await Expect(results).ToContainTextAsync("-ERR [AUTH] POP3 is switched off");
    }

    // 5. The owner's page: what is allowed, what to type in, why POP3 is missing; in English and in French.
    private static async Task TheOwnerReadsTheSettingsAsync(Browser browser, PortalProcess portal)
    {
        var english = await SignInAsync(browser, portal, "contoso", "MailboxOwner");
        await english.GotoAsync("/my");
        var page = english.Locator("main");
        await Expect(page).ToContainTextAsync(portal.Ports.Imaps.ToString());
        await Expect(page).ToContainTextAsync(portal.Ports.Submissions.ToString());
        await Expect(page).ToContainTextAsync("POP3 is off");
        await Expect(page.Locator($"[data-copy='{portal.Ports.Pop3s}']")).ToHaveCountAsync(0);
        await Expect(page).ToContainTextAsync("With IMAP4 your mail stays on the server");

        await page.Locator($"button[data-copy='{portal.Ports.Imaps}']").First.ClickAsync();
        Assert.Equal(portal.Ports.Imaps.ToString(), await english.EvaluateAsync<string>("navigator.clipboard.readText()"));

        var french = await SignInAsync(browser, portal, "contoso", "MailboxOwner", "fr-FR");
        await french.GotoAsync("/my");
        await Expect(french.Locator("html")).ToHaveAttributeAsync("lang", "fr");
        await Expect(french.Locator("main")).ToContainTextAsync("Avec IMAP4, vos messages restent sur le");
    }

    // A mailbox with the Exchange Online preset: the published table, and a switch that says it is only recorded.
    private static async Task ExchangeOnlineIsRecordedOnlyAsync(Browser browser, PortalProcess portal)
    {
        var owner = await SignInAsync(browser, portal, "fabrikam", "MailboxOwner");
        await owner.GotoAsync("/my");
        foreach (var value in new[] { "outlook.office365.com", "995", "993", "smtp.office365.com", "587", "SSL/TLS", "STARTTLS" })
            await Expect(owner.Locator("main")).ToContainTextAsync(value);

        var admin = await SignInAsync(browser, portal, "fabrikam", "TenantAdmin");
        await admin.GotoAsync("/t/fabrikam/mailboxes/first.mailbox@fabrikam.example");
        await Expect(admin.Locator("main")).ToContainTextAsync("not yet carried out");
    }

    // 6. The same by REST with a bearer token.
    private static async Task AutomationDoesTheSameAsync(PortalProcess portal)
    {
        using var api = portal.Api("contoso", "TenantAdmin");
        const string tenant = "/api/v1/tenants/contoso";
        var list = await api.GetFromJsonAsync<JsonElement>($"{tenant}/mailboxes?search={Uri.EscapeDataString(Address)}", Cancel);
        Assert.False(list.GetProperty("items")[0].GetProperty("access").GetProperty("pop3").GetProperty("effective").GetBoolean());

        using var access = await api.GetAsync($"{tenant}/mailboxes/{Uri.EscapeDataString(Address)}/access", Cancel);
        using var changed = await PatchAsync(api, $"{tenant}/mailboxes/{Uri.EscapeDataString(Address)}/access", """{"pop3": null}""", access.Headers.ETag);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var stale = await PatchAsync(api, $"{tenant}/mailboxes/{Uri.EscapeDataString(Address)}/access", """{"pop3": "disabled"}""", access.Headers.ETag);
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.StatusCode);

        var three = portal.Demo.Mailboxes.Where(m => m.Tenant == "contoso").Skip(3).Take(3).Select(m => m.Address).ToList();
        using var bulk = await api.PostAsJsonAsync($"{tenant}/access-changes", new { selection = new { addresses = three }, changes = new { smtp = "disabled" }, reason = "Story" }, Cancel);
        Assert.Equal(HttpStatusCode.Accepted, bulk.StatusCode);
        var operation = await FinishedAsync(api, bulk.Headers.Location!);
        Assert.Equal("succeeded", operation.GetProperty("state").GetString());
        Assert.Equal(3, operation.GetProperty("total").GetInt32());

        using var check = await api.PostAsJsonAsync($"{tenant}/connectivity-checks", new { mailbox = three[0], protocol = "smtp" }, Cancel);
        Assert.Equal(HttpStatusCode.Created, check.StatusCode);
        Assert.Equal("refusedAsDenied", (await check.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("verdict").GetString());

        var settings = await api.GetFromJsonAsync<JsonElement>($"{tenant}/mailboxes/{Uri.EscapeDataString(three[0])}/connection-settings", Cancel);
        Assert.Contains(settings.GetProperty("items").EnumerateArray(), item => item.GetProperty("protocol").GetString() == "smtp" && !item.GetProperty("offered").GetBoolean());
    }

    // 7. Who did what, before and after.
    private static async Task TheAuditTrailTellsItAsync(IPage admin)
    {
        await admin.GotoAsync($"/t/contoso/audit?target={Uri.EscapeDataString(Address)}");
        var trail = admin.Locator("main");
        await Expect(trail).ToContainTextAsync("admin@contoso.example");
        // The arrow is for the eye, the word for the ear.
        await Expect(trail).ToContainTextAsync(new Regex(@"POP3\s+inherited\s+→\s+becomes\s+off", RegexOptions.IgnoreCase));
        await Expect(trail).ToContainTextAsync(new Regex(@"POP3\s+off\s+→\s+becomes\s+inherited", RegexOptions.IgnoreCase));
        await admin.GotoAsync($"/t/contoso/audit?target={Uri.EscapeDataString(NewAddress)}");
        await Expect(admin.Locator("main")).ToContainTextAsync("helpdesk@contoso.example");
    }

    private static void SecretsStayedOutOfTheLog(PortalProcess portal)
    {
        var secrets = portal.Demo.Users.Select(u => u.Password).Concat(portal.Demo.Tokens.Select(t => t.Token))
            .Concat(portal.Demo.Mailboxes.SelectMany(m => new[] { m.Password, m.AppPassword }));
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, portal.Output));
    }

    private static async Task<IPage> SignInAsync(
        Browser browser, PortalProcess portal, string tenant, string role, string language = "en-GB", bool javaScript = true)
    {
        var user = portal.Demo.User(tenant, role);
        var page = await browser.PersonAsync(portal.Address, language, javaScript);
        await page.GotoAsync("/");
        await page.FillAsync("#Name", user.UserName);
        await page.FillAsync("#Password", user.Password);
        await page.ClickAsync("form .btn-primary");
        await page.WaitForURLAsync(url => !url.Contains("/sign-in"));
        return page;
    }

    private static ILocator Row(IPage page, string address) => page.Locator("tr[data-row]", new() { HasText = address });

    private static ILocator Switch(IPage page, string protocol, string address) =>
        page.GetByRole(AriaRole.Switch, new() { NameRegex = new($"^{protocol}.* {Regex.Escape(address)}") }).First;

    private static async Task<string> RefusalAsync(PortalProcess portal, string password)
    {
        using var heard = new MemoryStream();
        using var client = portal.Trusted(new Pop3Client(new ProtocolLogger(heard, leaveOpen: true)));
        await client.ConnectAsync("localhost", portal.Ports.Pop3s, SecureSocketOptions.SslOnConnect, Cancel);
        await Assert.ThrowsAsync<AuthenticationException>(() => client.AuthenticateAsync(new SaslMechanismPlain(Address, password), Cancel));
        return System.Text.Encoding.UTF8.GetString(heard.ToArray());
    }

    private static async Task SendsAsync(PortalProcess portal, DemoMailbox from)
    {
        using var smtp = portal.Trusted(new SmtpClient());
        await smtp.ConnectAsync("localhost", portal.Ports.Submission, SecureSocketOptions.StartTls, Cancel);
        await smtp.AuthenticateAsync(from.Address, from.Password, Cancel);
        await smtp.SendAsync(
            new MimeMessage([MailboxAddress.Parse(from.Address)], [MailboxAddress.Parse(NewAddress)], "Welcome", new TextPart("plain") { Text = "Hello." }), Cancel);
        await smtp.DisconnectAsync(quit: true, Cancel);
    }

    private static async Task<HttpResponseMessage> PatchAsync(HttpClient api, string path, string patch, EntityTagHeaderValue? etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, path)
        {
            Content = new StringContent(patch, System.Text.Encoding.UTF8, "application/merge-patch+json"),
        };
        request.Headers.IfMatch.Add(etag!);
        return await api.SendAsync(request, Cancel);
    }

    private static async Task<JsonElement> FinishedAsync(HttpClient api, Uri operation)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (true)
        {
            var now = await api.GetFromJsonAsync<JsonElement>(operation, Cancel);
            if (now.GetProperty("state").GetString() is not ("queued" or "running")) return now;
            await timer.WaitForNextTickAsync(Cancel);
        }
    }
}
