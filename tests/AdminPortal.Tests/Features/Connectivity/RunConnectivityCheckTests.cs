using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>Checks over REST against the portal's own mail server: real clients, real sockets, the switch obeyed for real.</summary>
public sealed class RunConnectivityCheckTests(CheckedPortal stage) : IClassFixture<CheckedPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PortalFactory Portal => stage.Portal;

    [Fact]
    public async Task What_is_on_works_and_what_is_off_is_refused_without_knowing_the_password()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Pop3 = AccessSetting.Disabled });
        using var helpdesk = await stage.ApiAsync(contoso, PortalRole.Helpdesk);

        var pop3 = await CheckAsync(helpdesk, contoso, mailbox, "pop3");
        var imap = await CheckAsync(helpdesk, contoso, mailbox, "imap");
        var smtp = await CheckAsync(helpdesk, contoso, mailbox, "smtp");

        Assert.Equal(("refusedAsDenied", "protocolDisabled"), (Word(pop3, "verdict"), Word(pop3, "cause")));
        Assert.Contains("POP3 is switched off", Said(pop3, "authenticate"), StringComparison.Ordinal);
        Assert.Equal(("worksAsAllowed", null), (Word(imap, "verdict"), Word(imap, "cause")));
        Assert.Equal(("worksAsAllowed", null), (Word(smtp, "verdict"), Word(smtp, "cause")));
        Assert.Equal("service", Word(imap, "credential"));
        Assert.Equal(mailbox.Address, Word(imap, "mailbox"));
        Assert.StartsWith("localhost:", Word(imap, "endpoint"), StringComparison.Ordinal);
        Assert.Equal(
            ["resolve", "connect", "tls", "greeting", "capabilities", "authenticate", "open", "idle", "signOff", "roundTrip"],
            Steps(imap).Select(step => Word(step, "name")));
        Assert.All(Steps(imap).SkipLast(1), step => Assert.Equal("succeeded", Word(step, "outcome")));
    }

    [Fact]
    public async Task A_given_password_is_tried_and_kept_nowhere()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        var right = await CheckAsync(admin, contoso, mailbox, "imap", mailbox.Password);
        var wrong = await CheckAsync(admin, contoso, mailbox, "imap", "not the password at all");

        Assert.Equal(("given", "worksAsAllowed"), (Word(right, "credential"), Word(right, "verdict")));
        Assert.Equal(("failsThoughAllowed", "wrongPassword"), (Word(wrong, "verdict"), Word(wrong, "cause")));
        var kept = await Portal.LookAsync(contoso, db => Task.FromResult(JsonSerializer.Serialize(db.ConnectivityChecks.ToList())));
        Assert.DoesNotContain(mailbox.Password, kept, StringComparison.Ordinal);
        Assert.DoesNotContain("not the password at all", kept, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_on_a_protocol_that_is_off_proves_nothing()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso, more: m => m.Access = m.Access with { Imap = AccessSetting.Disabled });
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        var check = await CheckAsync(admin, contoso, mailbox, "imap", "not the password at all");

        Assert.Equal(("inconclusive", "wrongPassword"), (Word(check, "verdict"), Word(check, "cause")));
    }

    [Fact]
    public async Task Without_a_service_credential_a_check_stops_before_it_signs_in()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        await Portal.LookAsync(contoso, async db =>
        {
            db.ServiceCredentials.RemoveRange(db.ServiceCredentials);
            return await db.SaveChangesAsync(Cancel);
        });
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        var check = await CheckAsync(admin, contoso, mailbox, "imap");

        Assert.Equal(("inconclusive", null), (Word(check, "verdict"), Word(check, "cause")));
        Assert.Equal("skipped", Word(Steps(check).Single(step => Word(step, "name") == "authenticate"), "outcome"));
    }

    [Fact]
    public async Task A_check_is_found_again_and_the_newest_comes_first()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);
        using var auditor = await stage.ApiAsync(contoso, PortalRole.Auditor);
        using var created = await PostAsync(admin, contoso, mailbox.Address, "pop3");
        await CheckAsync(admin, contoso, mailbox, "imap");
        await CheckAsync(admin, contoso, mailbox, "smtp");

        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        using var again = await auditor.GetAsync(created.Headers.Location, Cancel);
        Assert.Equal("pop3", Word(await ReadAsync(again), "protocol"));
        Assert.NotNull(again.Headers.ETag);

        var first = await auditor.GetFromJsonAsync<JsonElement>($"{contoso.Api}/connectivity-checks?limit=2", Cancel);
        Assert.Equal(["smtp", "imap"], Items(first).Select(item => Word(item, "protocol")));
        var second = await auditor.GetFromJsonAsync<JsonElement>($"{contoso.Api}/connectivity-checks?limit=2&cursor={Word(first, "next")}", Cancel);
        Assert.Equal(["pop3"], Items(second).Select(item => Word(item, "protocol")));
        Assert.Null(Word(second, "next"));

        var own = await auditor.GetFromJsonAsync<JsonElement>($"{contoso.Api}/mailboxes/{mailbox.Address}/connectivity-checks", Cancel);
        Assert.Equal(3, Items(own).Count());
    }

    [Fact]
    public async Task Somebody_elses_mailbox_and_one_that_does_not_exist_are_the_same_404()
    {
        var contoso = await Portal.NewTenantAsync();
        var fabrikam = await Portal.NewTenantAsync();
        var foreign = await Portal.NewMailboxAsync(fabrikam);
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var other = await PostAsync(admin, contoso, foreign.Address, "imap");
        using var none = await PostAsync(admin, contoso, $"nobody@{contoso.Domain}", "imap");

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (other.StatusCode, none.StatusCode));
        Assert.Equal(Words(await ReadAsync(none)), Words(await ReadAsync(other)));

        static (string?, string?) Words(JsonElement problem) => (Word(problem, "type"), Word(problem, "title"));
    }

    [Fact]
    public async Task An_auditor_may_look_but_not_run_a_check()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        using var auditor = await stage.ApiAsync(contoso, PortalRole.Auditor);

        using var refused = await PostAsync(auditor, contoso, mailbox.Address, "imap");

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Theory]
    [InlineData("""{"mailbox": "a@b.example"}""")]
    [InlineData("""{"mailbox": "a@b.example", "protocol": "gopher"}""")]
    [InlineData("""{"mailbox": "a@b.example", "protocol": "imap", "host": "10.0.0.1"}""")]
    [InlineData("""{"mailbox": "a@b.example", "protocol": "imap", "password": "two\r\nlines"}""")]
    [InlineData("""{"mailbox": "a@b.example", "protocol": "imap", "password": ""}""")]
    public async Task A_request_that_is_not_as_it_should_be_is_a_400(string body)
    {
        var contoso = await Portal.NewTenantAsync();
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var answer = await admin.PostAsync(
            $"{contoso.Api}/connectivity-checks", new StringContent(body, new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("[::1]")]
    [InlineData("0x7f.1")]
    public async Task A_saved_line_that_leads_inside_is_not_reached_and_not_told_apart_from_a_missing_name(string host)
    {
        await using var inside = ScriptedServer.Start(c => c.SayAsync("* OK secrets"));
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        await AddLineAsync(contoso, mailbox, host.Trim('[', ']'), inside.Port);
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        var check = await CheckAsync(admin, contoso, mailbox, "imap", "any password");

        Assert.Equal(("failsThoughAllowed", "nameNotFound"), (Word(check, "verdict"), Word(check, "cause")));
        Assert.Equal(0, inside.Connections);
        Assert.Equal("failed", Word(Steps(check)[0], "outcome"));
    }

    [Fact]
    public async Task The_service_credential_is_not_shown_to_a_server_that_is_not_the_pods()
    {
        var contoso = await Portal.NewTenantAsync();
        var mailbox = await Portal.NewMailboxAsync(contoso);
        await AddLineAsync(contoso, mailbox, "mail.elsewhere.invalid", 993);
        using var admin = await stage.ApiAsync(contoso, PortalRole.TenantAdmin);

        var check = await CheckAsync(admin, contoso, mailbox, "imap");

        Assert.Equal(("failsThoughAllowed", "nameNotFound"), (Word(check, "verdict"), Word(check, "cause")));
    }

    private Task AddLineAsync(TestTenant tenant, TestMailbox mailbox, string host, int port) => Portal.LookAsync(tenant, async db =>
    {
        db.MailEndpoints.Add(new()
        {
            TenantId = tenant.Id, MailboxId = mailbox.Id, Protocol = MailProtocol.Imap, Preset = EndpointPreset.Custom, Host = host, Port = port,
            Security = ConnectionSecurity.StartTls,
        });
        return await db.SaveChangesAsync(Cancel);
    });

    private static async Task<JsonElement> CheckAsync(HttpClient client, TestTenant tenant, TestMailbox mailbox, string protocol, string? password = null)
    {
        using var answer = await PostAsync(client, tenant, mailbox.Address, protocol, password);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync(Cancel));
        return await ReadAsync(answer);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, TestTenant tenant, string mailbox, string protocol, string? password = null) =>
        client.PostAsJsonAsync($"{tenant.Api}/connectivity-checks", new { mailbox, protocol, password }, Cancel);

    private static Task<JsonElement> ReadAsync(HttpResponseMessage answer) => answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);

    private static string? Word(JsonElement json, string member) => json.GetProperty(member).GetString();

    private static IReadOnlyList<JsonElement> Steps(JsonElement check) => [.. check.GetProperty("steps").EnumerateArray()];

    private static IEnumerable<JsonElement> Items(JsonElement page) => page.GetProperty("items").EnumerateArray();

    private static string Said(JsonElement check, string step) => Steps(check).Single(s => Word(s, "name") == step).GetProperty("serverSaid").GetString()!;
}
