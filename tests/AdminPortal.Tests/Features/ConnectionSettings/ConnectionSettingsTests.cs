using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.ConnectionSettings;

public sealed class ConnectionSettingsTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_is_exactly_what_the_user_has_to_type_in()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });
        await AtPortsAsync(contoso);
        using var helpdesk = await portal.ApiAsync(contoso, PortalRole.Helpdesk);

        var settings = await helpdesk.GetFromJsonAsync<JsonElement>(Path(contoso, mailbox), Cancel);

        Assert.Equal(mailbox.Address, settings.GetProperty("userName").GetString());
        Assert.Equal(
            ["pop3 mail.example:995 implicitTls False", "imap mail.example:993 implicitTls True", "smtp mail.example:587 startTls True"], Lines(settings));
        var why = settings.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("why").GetString()).ToList();
        Assert.StartsWith("POP3 is off", why[0], StringComparison.Ordinal);
        Assert.Equal([null, null], why[1..]);
    }

    [Fact]
    public async Task The_reason_comes_in_the_readers_language()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        admin.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fr");

        var settings = await admin.GetFromJsonAsync<JsonElement>(Path(contoso, mailbox), Cancel);

        Assert.StartsWith("POP3 est désactivé", settings.GetProperty("items")[0].GetProperty("why").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_gets_lines_of_its_own_and_gives_them_back()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        await AtPortsAsync(contoso);
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var inherited = await TagAsync(admin, Path(contoso, mailbox));

        using var put = await PutAsync(admin, Path(contoso, mailbox), inherited, """
            {"items": [{"protocol": "imap", "host": "IMAP.Customer.example", "port": 993, "security": "implicitTls", "userNameFormat": "localPart"},
                       {"protocol": "smtp", "preset": "exchangeOnline"}]}
            """);

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal(
            ["pop3 mail.example:995 implicitTls True", "imap imap.customer.example:993 implicitTls True", "smtp smtp.office365.com:587 startTls True"],
            Lines(await put.Content.ReadFromJsonAsync<JsonElement>(Cancel)));
        Assert.NotEqual(inherited, put.Headers.ETag);

        using var back = await PutAsync(admin, Path(contoso, mailbox), put.Headers.ETag!, """{"items": []}""");
        Assert.Equal(inherited, back.Headers.ETag);
        var audit = (await portal.AuditAsync(contoso)).Where(e => e.Action == AuditActions.ConnectionSettingsChanged).ToList();
        Assert.Equal(2, audit.Count);
        Assert.Contains("imap imap.customer.example:993 ImplicitTls", audit[0].After!.RootElement.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_changes_what_somebody_else_changed_first_is_shown_how_it_is_now()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var path = Path(contoso, mailbox);
        var seen = await TagAsync(admin, path);
        const string Mine = """{"items": [{"protocol": "imap", "host": "mine.example", "port": 993, "security": "implicitTls"}]}""";
        using var first = await PutAsync(admin, path, seen, Mine);

        using var late = await PutAsync(admin, path, seen, Mine.Replace("mine", "yours", StringComparison.Ordinal));
        using var blind = await admin.PutAsync(path, Json(Mine), Cancel);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.PreconditionFailed, (HttpStatusCode)428), (first.StatusCode, late.StatusCode, blind.StatusCode));
        Assert.Contains("mine.example", await late.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(first.Headers.ETag, late.Headers.ETag);
    }

    [Fact]
    public async Task Twenty_who_write_at_once_from_the_same_state_are_one_winner()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var path = Path(contoso, mailbox);
        var seen = await TagAsync(admin, path);

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(n =>
            PutAsync(admin, path, seen, $$"""{"items": [{"protocol": "imap", "host": "h{{n}}.example", "port": 993, "security": "implicitTls"}]}""")));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(19, answers.Count(answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Equal(1, await portal.LookAsync(contoso, db => Task.FromResult(db.MailEndpoints.Count(line => line.MailboxId == mailbox.Id))));
    }

    [Theory]
    [InlineData("""{"protocol": "imap"}""", "items[0].host", "items[0].port", "items[0].security")]
    [InlineData("""{"protocol": "imap", "host": "mail.example:993", "port": 993, "security": "startTls"}""", "items[0].host")]
    [InlineData("""{"protocol": "imap", "host": "user@mail.example", "port": 993, "security": "startTls"}""", "items[0].host")]
    [InlineData("""{"protocol": "imap", "host": "mail.example", "port": 0, "security": "startTls"}""", "items[0].port")]
    [InlineData("""{"protocol": "imap", "host": "mail.example", "port": 65536, "security": "startTls"}""", "items[0].port")]
    [InlineData("""{"protocol": "imap", "preset": "thisServer", "host": "mail.example"}""", "items[0].preset")]
    [InlineData("""{"protocol": "imap", "preset": "thisServer", "security": "none"}""", "items[0].security")]
    public async Task What_is_wrong_with_a_line_is_said_field_by_field(string line, params string[] fields)
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var answer = await PutAsync(admin, Path(contoso, mailbox), EntityTagHeaderValue.Any, $$"""{"items": [{{line}}]}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var errors = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors");
        Assert.Equal(fields, errors.EnumerateObject().Select(error => error.Name));
    }

    [Fact]
    public async Task A_helpdesk_sees_settings_and_changes_none_and_a_stranger_sees_nothing()
    {
        var contoso = await portal.NewTenantAsync();
        var fabrikam = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var helpdesk = await portal.ApiAsync(contoso, PortalRole.Helpdesk);
        using var stranger = await portal.ApiAsync(fabrikam, PortalRole.TenantAdmin);

        using var put = await PutAsync(helpdesk, Path(contoso, mailbox), EntityTagHeaderValue.Any, """{"items": []}""");
        using var foreign = await stranger.GetAsync(Path(contoso, mailbox), Cancel);
        using var smuggled = await stranger.GetAsync(Path(fabrikam, mailbox), Cancel);

        Assert.Equal(
            (HttpStatusCode.Forbidden, HttpStatusCode.NotFound, HttpStatusCode.NotFound), (put.StatusCode, foreign.StatusCode, smuggled.StatusCode));
    }

    [Fact]
    public async Task Preferences_are_patched_member_by_member_and_null_goes_back()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var admin = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var path = $"{contoso.Api}/mailboxes/{mailbox.Address}/client-preferences";

        using var set = await PatchAsync(admin, path, await TagAsync(admin, path), """{"sendReceive": "manually", "keepCopyOnServer": false}""");
        var now = await set.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(("manually", "mailbox"), Advised(now, "sendReceive"));
        Assert.Equal(("everyMinutes", "default"), Advised(await SetAsync("""{"sendReceive": null}"""), "sendReceive"));
        Assert.Equal(("False", "mailbox"), Advised(await SetAsync("{}"), "keepCopyOnServer"));

        using var bad = await PatchAsync(admin, path, EntityTagHeaderValue.Any, """{"intervalMinutes": 0}""");
        using var unknown = await PatchAsync(admin, path, EntityTagHeaderValue.Any, """{"colour": "blue"}""");
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (bad.StatusCode, unknown.StatusCode));

        async Task<JsonElement> SetAsync(string patch)
        {
            using var answer = await PatchAsync(admin, path, await TagAsync(admin, path), patch);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        }
    }

    [Fact]
    public async Task The_page_lets_a_domain_follow_Exchange_Online_and_shows_its_table()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.TenantAdmin));
        using var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var page = $"{contoso.Pages}/settings/connection";

        using var posted = await admin.PostAsync(page, new() { ["domain"] = contoso.DomainId.ToString(), ["preset"] = "ExchangeOnline" });

        Assert.Equal(HttpStatusCode.Redirect, posted.StatusCode);
        Assert.Contains("outlook.office365.com", await admin.ReadAsync(page), StringComparison.Ordinal);
        Assert.Equal(
            ["pop3 outlook.office365.com:995 implicitTls True", "imap outlook.office365.com:993 implicitTls True", "smtp smtp.office365.com:587 startTls True"],
            Lines(await api.GetFromJsonAsync<JsonElement>(Path(contoso, mailbox), Cancel)));

        using var back = await admin.PostAsync(page, new() { ["domain"] = contoso.DomainId.ToString(), ["preset"] = "Inherit" });
        Assert.Equal(0, await portal.LookAsync(contoso, db => Task.FromResult(db.MailEndpoints.Count(line => line.DomainId != null))));
    }

    [Fact]
    public async Task An_auditor_sees_the_page_and_may_not_save()
    {
        var contoso = await portal.NewTenantAsync();
        using var auditor = await portal.SignInAsync(await portal.NewPersonAsync(contoso, PortalRole.Auditor));
        var page = $"{contoso.Pages}/settings/connection";

        Assert.DoesNotContain("name=\"preset\"", await auditor.ReadAsync(page), StringComparison.Ordinal);
        using var posted = await auditor.PostAsync(page, new() { ["preset"] = "ExchangeOnline" });
        Assert.NotEqual(HttpStatusCode.OK, posted.StatusCode);
        Assert.Equal(0, await portal.LookAsync(contoso, db => Task.FromResult(db.MailEndpoints.Count(line => line.Preset == EndpointPreset.ExchangeOnline))));
    }

    /// <summary>The tenant's lines, with ports that do not depend on this test's listeners.</summary>
    private Task<int> AtPortsAsync(TestTenant tenant) => portal.LookAsync(tenant, async db =>
    {
        db.MailEndpoints.RemoveRange(db.MailEndpoints);
        db.MailEndpoints.AddRange(
            Line(MailProtocol.Pop3, 995, ConnectionSecurity.ImplicitTls), Line(MailProtocol.Imap, 993, ConnectionSecurity.ImplicitTls),
            Line(MailProtocol.Smtp, 587, ConnectionSecurity.StartTls));
        return await db.SaveChangesAsync(Cancel);

        MailEndpoint Line(MailProtocol protocol, int port, ConnectionSecurity security) => new()
        {
            TenantId = tenant.Id, Protocol = protocol, Preset = EndpointPreset.Custom, Host = "mail.example", Port = port, Security = security,
        };
    });

    private static string Path(TestTenant tenant, TestMailbox mailbox) => $"{tenant.Api}/mailboxes/{mailbox.Address}/connection-settings";

    private static async Task<EntityTagHeaderValue> TagAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, Cancel);
        return answer.Headers.ETag!;
    }

    private static Task<HttpResponseMessage> PutAsync(HttpClient client, string path, EntityTagHeaderValue tag, string body) =>
        SendAsync(client, HttpMethod.Put, path, tag, body);

    private static Task<HttpResponseMessage> PatchAsync(HttpClient client, string path, EntityTagHeaderValue tag, string body) =>
        SendAsync(client, HttpMethod.Patch, path, tag, body);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, EntityTagHeaderValue tag, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = Json(body) };
        request.Headers.IfMatch.Add(tag);
        return await client.SendAsync(request, Cancel);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static IReadOnlyList<string> Lines(JsonElement settings) => [.. settings.GetProperty("items").EnumerateArray().Select(item =>
        $"{item.GetProperty("protocol").GetString()} {item.GetProperty("host").GetString()}:{item.GetProperty("port")} {item.GetProperty("security").GetString()} {item.GetProperty("offered").GetBoolean()}")];

    private static (string?, string?) Advised(JsonElement preferences, string member) =>
        (preferences.GetProperty(member).GetProperty("effective").ToString(), preferences.GetProperty(member).GetProperty("decidedBy").GetString());
}
