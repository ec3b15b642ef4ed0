using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>
/// What one tenant's caller may carry over to another beside an id in the address, which the matrix tries: keys, cursors, tags, selections,
/// files. Each is tried by whoever is an administrator of both, and by a stranger.
/// </summary>
public sealed class CrossTenantAttackTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public CrossTenantAttackTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,worker");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_was_used_elsewhere_or_by_somebody_else_gives_nobody_the_first_ones_answer()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(ours, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(theirs, person, PortalRole.TenantAdmin);
        var colleague = await portal.NewPersonAsync(ours, PortalRole.TenantAdmin);
        using var session = await portal.SignInAsync(person);
        var antiforgery = await session.TokenAsync("/sign-out");
        const string body = """{"name": "Night job", "scopes": ["access:read"]}""";

        using var first = portal.Api(await portal.NewTokenAsync(person, ours));
        var secrets = new List<string> { await SecretAsync(first, ours) };
        using (var elsewhere = portal.Api(await portal.NewTokenAsync(person, theirs))) secrets.Add(await SecretAsync(elsewhere, theirs));
        using (var another = portal.Api(await portal.NewTokenAsync(person, ours))) secrets.Add(await SecretAsync(another, ours));
        using (var other = portal.Api(await portal.NewTokenAsync(colleague, ours))) secrets.Add(await SecretAsync(other, ours));
        secrets.Add(await SecretAsync(session.Client, ours));
        secrets.Add(await SecretAsync(session.Client, theirs));

        Assert.Distinct(secrets);
        Assert.Equal(secrets[0], await SecretAsync(first, ours, isReplay: true));

        async Task<string> SecretAsync(HttpClient client, TestTenant tenant, bool isReplay = false)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"{tenant.Api}/tokens") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("Idempotency-Key", "one-key-for-all");
            if (client == session.Client) request.Headers.Add("RequestVerificationToken", antiforgery);
            using var answer = await client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
            Assert.Equal(isReplay, answer.Headers.Contains("Idempotency-Replayed"));
            return JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(Cancel)).GetProperty("token").GetString()!;
        }
    }

    [Fact]
    public async Task A_kept_answer_is_not_given_to_whoever_lost_the_right_to_ask()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        using var api = portal.Api(await portal.NewTokenAsync(person, tenant));
        await api.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Mine"}""", "kept").JsonAsync(HttpStatusCode.Created);

        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteUpdateAsync(m => m.SetProperty(x => x.Role, PortalRole.Helpdesk), Cancel));
        await api.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Mine"}""", "kept").ProblemAsync(HttpStatusCode.Forbidden);
        await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).ExecuteDeleteAsync(Cancel));
        await api.PostJsonAsync($"{tenant.Api}/plans", """{"name": "Mine"}""", "kept").ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("mailboxes")]
    [InlineData("plans")]
    [InlineData("domains")]
    [InlineData("tokens")]
    [InlineData("audit-events")]
    [InlineData("members")]
    [InlineData("operations")]
    public async Task A_cursor_of_another_tenant_shows_rows_of_the_tenant_that_is_asked_alone(string list)
    {
        var (ours, theirs) = (await FilledTenantAsync(), await FilledTenantAsync());
        var person = await portal.NewPersonAsync(ours, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(theirs, person, PortalRole.TenantAdmin);
        using var here = portal.Api(await portal.NewTokenAsync(person, ours));
        using var there = portal.Api(await portal.NewTokenAsync(person, theirs));
        var allTheirs = Ids(await there.GetAsync($"{theirs.Api}/{list}?limit=500", Cancel));
        var allOurs = Ids(await here.GetAsync($"{ours.Api}/{list}?limit=500", Cancel));
        var page = JsonSerializer.Deserialize<JsonElement>(await there.GetStringAsync($"{theirs.Api}/{list}?limit=1", Cancel));
        var cursor = page.GetProperty("next").GetString();
        Assert.NotNull(cursor);

        var shown = Ids(await here.GetAsync($"{ours.Api}/{list}?limit=500&cursor={cursor}", Cancel));

        Assert.Empty(shown.Intersect(allTheirs.Except(allOurs)));
        Assert.Empty(shown.Except(allOurs));
    }

    [Fact]
    public async Task A_tag_of_a_foreign_item_neither_opens_a_change_nor_tells_that_nothing_changed()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var (admin, stranger) = (await portal.ApiAsync(ours, PortalRole.TenantAdmin), await portal.ApiAsync(theirs, PortalRole.TenantAdmin));
        var (mailbox, foreign) = (await portal.NewMailboxAsync(ours), await portal.NewMailboxAsync(theirs));
        await stranger.MergePatchAsync($"{theirs.Api}/mailboxes/{foreign.Id}", """{"displayName": "Another"}""").JsonAsync();
        var tag = (await stranger.ETagAsync($"{theirs.Api}/mailboxes/{foreign.Id}")).ToString();

        await admin.MergePatchAsync($"{ours.Api}/mailboxes/{mailbox.Id}", """{"displayName": "Taken"}""", tag).ProblemAsync(HttpStatusCode.PreconditionFailed);
        foreach (var asked in new[] { tag, "*", $"\"1\", {tag}" })
        {
            // Foreign and missing are one answer, whatever tag comes along: 404, never 304, 412 or 428.
            foreach (var id in new[] { foreign.Id, Guid.CreateVersion7() })
            {
                await IfNoneMatchAsync($"{ours.Api}/mailboxes/{id}", asked).ProblemAsync(HttpStatusCode.NotFound);
                await IfNoneMatchAsync($"{theirs.Api}/mailboxes/{id}", asked).ProblemAsync(HttpStatusCode.NotFound);
                foreach (var api in new[] { ours.Api, theirs.Api })
                    await admin.MergePatchAsync($"{api}/mailboxes/{id}", """{"displayName": "Taken"}""", asked).ProblemAsync(HttpStatusCode.NotFound);
            }
        }
        Assert.Equal(1, await portal.LookAsync(theirs, db => db.Mailboxes.CountAsync(m => m.DisplayName == "Another", Cancel)));

        Task<HttpResponseMessage> IfNoneMatchAsync(string path, string known)
        {
            var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
            return admin.SendAsync(request, Cancel);
        }
    }

    [Fact]
    public async Task A_foreign_import_is_not_shown_not_applied_and_reaches_no_mailbox()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var (admin, stranger) = (await portal.ApiAsync(ours, PortalRole.TenantAdmin), await portal.ApiAsync(theirs, PortalRole.TenantAdmin));
        var (mailbox, foreign) = (await portal.NewMailboxAsync(ours), await portal.NewMailboxAsync(theirs));
        var file = (await UploadAsync(stranger, theirs, $"address,pop3\n{foreign.Address},disabled\n", "?dryRun=true").JsonAsync()).GetProperty("id").GetString();

        foreach (var api in new[] { ours.Api, theirs.Api })
        {
            await admin.GetAsync($"{api}/imports/{file}", Cancel).ProblemAsync(HttpStatusCode.NotFound);
            await admin.PostJsonAsync($"{api}/imports/{file}/apply?skipRefused=true", "", "apply-it").ProblemAsync(HttpStatusCode.NotFound);
        }
        Assert.Equal(0, await portal.LookAsync(theirs, db => db.Operations.CountAsync(Cancel)));

        // Our own file that names their addresses: refused line by line as addresses of nobody here, by address and by id.
        foreach (var named in new[] { $"address,pop3\n{foreign.Address},disabled\n", $"Identity,PopEnabled\n{foreign.Id},False\n", $"Guid,PrimarySmtpAddress,PopEnabled\n{foreign.Id},{foreign.Address},False\n" })
        {
            using var answer = await UploadAsync(admin, ours, named + (named.StartsWith("address", StringComparison.Ordinal) ? $"{mailbox.Address},enabled\n" : ""), "?skipRefused=true");
            if (answer.StatusCode == HttpStatusCode.Accepted) await EndOfAsync(admin, answer);
        }
        Assert.Equal(AccessSetting.Inherit, await SettingAsync(theirs, foreign.Id));
    }

    [Theory]
    [InlineData("""{"ids": ["{id}"]}""")]
    [InlineData("""{"ids": ["{id}", "{own}"]}""")]
    [InlineData("""{"addresses": ["{address}"]}""")]
    [InlineData("""{"filter": {"domain": "{domain}"}}""")]
    [InlineData("""{"filter": {"plan": "{plan}"}}""")]
    [InlineData("""{"filter": {"search": "{address}"}}""")]
    public async Task A_bulk_change_that_names_what_is_foreign_reaches_nothing_and_says_of_it_what_it_says_of_nothing(string selection)
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var admin = await portal.ApiAsync(ours, PortalRole.TenantAdmin);
        var (mailbox, foreign) = (await portal.NewMailboxAsync(ours), await portal.NewMailboxAsync(theirs, more: m => m.PlanId = theirs.PlanId));
        var wanted = Filled(foreign.Id, foreign.Address, theirs.Domain, theirs.PlanId);
        var missing = Filled(Guid.CreateVersion7(), $"nobody@{theirs.Domain}", "nowhere.example", Guid.CreateVersion7());

        var (preview, nothing) = (await PreviewAsync(wanted), await PreviewAsync(missing));
        Assert.Equal(nothing.GetProperty("matched").GetInt32(), preview.GetProperty("matched").GetInt32());
        Assert.Equal(nothing.GetProperty("refused").GetArrayLength(), preview.GetProperty("refused").GetArrayLength());
        using var accepted = await admin.PostJsonAsync($"{ours.Api}/access-changes", wanted);
        var operation = await EndOfAsync(admin, accepted);

        Assert.Equal(selection.Contains("{own}", StringComparison.Ordinal) ? 1 : 0, operation.GetProperty("changed").GetInt32());
        Assert.Equal(AccessSetting.Inherit, await SettingAsync(theirs, foreign.Id));
        Assert.DoesNotContain(await portal.AuditAsync(theirs), e => e.Action == AuditActions.MailAccessChanged);

        string Filled(Guid id, string address, string domain, Guid plan) =>
            $$$"""{"selection": {{{selection.Replace("{id}", $"{id}").Replace("{own}", $"{mailbox.Id}").Replace("{address}", address).Replace("{domain}", domain).Replace("{plan}", $"{plan}")}}}, "changes": {"pop3": "disabled"}}""";
        Task<JsonElement> PreviewAsync(string body) => admin.PostJsonAsync($"{ours.Api}/access-changes?dryRun=true", body).JsonAsync();
    }

    [Theory]
    [InlineData("""{"plan": "{plan}"}""", "plan")]
    [InlineData("""{"pod": "{pod}"}""", "pod")]
    [InlineData("""{"aliases": ["alias@{domain}"]}""", "aliases")]
    public async Task A_mailbox_is_not_tied_to_what_is_foreign(string patch, string field)
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        using var admin = await portal.ApiAsync(ours, PortalRole.TenantAdmin);
        var mailbox = await portal.NewMailboxAsync(ours);
        var named = patch.Replace("{plan}", $"{theirs.PlanId}").Replace("{pod}", $"{theirs.PodId}").Replace("{domain}", theirs.Domain);
        var missing = patch.Replace("{plan}", $"{Guid.CreateVersion7()}").Replace("{pod}", $"{Guid.CreateVersion7()}").Replace("{domain}", "nowhere.example");

        var told = await admin.MergePatchAsync($"{ours.Api}/mailboxes/{mailbox.Id}", named).FieldErrorAsync(field);

        Assert.Equal(
            (await admin.MergePatchAsync($"{ours.Api}/mailboxes/{mailbox.Id}", missing).FieldErrorAsync(field)).Replace("nowhere.example", "…", StringComparison.Ordinal),
            told.Replace(theirs.Domain, "…", StringComparison.Ordinal));
        Assert.NotEmpty(await admin.PostJsonAsync($"{ours.Api}/mailboxes", $$"""{"address": "{{PortalFactory.NewName("new")}}@{{theirs.Domain}}"}""").FieldErrorAsync("address"));
    }

    [Fact]
    public async Task A_foreign_operation_is_neither_followed_cancelled_nor_undone()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var (admin, stranger) = (await portal.ApiAsync(ours, PortalRole.TenantAdmin), await portal.ApiAsync(theirs, PortalRole.TenantAdmin));
        var foreign = await portal.NewMailboxAsync(theirs);
        using var accepted = await stranger.PostJsonAsync($"{theirs.Api}/access-changes", $$$"""{"selection": {"ids": ["{{{foreign.Id}}}"]}, "changes": {"pop3": "disabled"}}""");
        var id = (await EndOfAsync(stranger, accepted)).GetProperty("id").GetString();

        foreach (var api in new[] { ours.Api, theirs.Api })
        {
            foreach (var part in new[] { "", "/items", "/events" }) await admin.GetAsync($"{api}/operations/{id}{part}", Cancel).ProblemAsync(HttpStatusCode.NotFound);
            foreach (var deed in new[] { "cancel", "undo" }) await admin.PostJsonAsync($"{api}/operations/{id}/{deed}", "").ProblemAsync(HttpStatusCode.NotFound);
        }
        Assert.Equal(AccessSetting.Disabled, await SettingAsync(theirs, foreign.Id));
    }

    private async Task<TestTenant> FilledTenantAsync()
    {
        var tenant = await portal.NewTenantAsync();
        using var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        for (var n = 0; n < 3; n++)
        {
            var mailbox = await portal.NewMailboxAsync(tenant);
            await portal.NewPersonAsync(tenant, PortalRole.Auditor);
            await admin.PostJsonAsync($"{tenant.Api}/plans", $$"""{"name": "{{PortalFactory.NewName("plan")}}"}""").JsonAsync(HttpStatusCode.Created);
            await admin.PostJsonAsync($"{tenant.Api}/domains", $$"""{"name": "{{PortalFactory.NewName("domain")}}.example"}""").JsonAsync(HttpStatusCode.Created);
            await admin.PostJsonAsync($"{tenant.Api}/tokens", $$"""{"name": "{{PortalFactory.NewName("token")}}", "scopes": ["access:read"]}""").JsonAsync(HttpStatusCode.Created);
            using var change = await admin.PostJsonAsync($"{tenant.Api}/access-changes", $$$"""{"selection": {"ids": ["{{{mailbox.Id}}}"]}, "changes": {"pop3": "disabled"}}""");
            await EndOfAsync(admin, change);
        }
        return tenant;
    }

    private async Task<JsonElement> EndOfAsync(HttpClient client, HttpResponseMessage accepted)
    {
        Assert.True(accepted.StatusCode == HttpStatusCode.Accepted, await accepted.Content.ReadAsStringAsync(Cancel));
        using var events = await client.GetAsync($"{accepted.Headers.Location}/events", HttpCompletionOption.ResponseContentRead, Cancel);
        return await client.GetAsync(accepted.Headers.Location, Cancel).JsonAsync();
    }

    private static Task<HttpResponseMessage> UploadAsync(HttpClient client, TestTenant tenant, string csv, string query) =>
        client.PostAsync($"{tenant.Api}/imports{query}", new StringContent(csv, Encoding.UTF8, new MediaTypeHeaderValue("text/csv")), Cancel);

    private Task<AccessSetting> SettingAsync(TestTenant tenant, Guid mailbox) =>
        portal.LookAsync(tenant, db => db.Mailboxes.Where(m => m.Id == mailbox).Select(m => m.Access.Pop3).SingleAsync(Cancel));

    private static List<string> Ids(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            using var reader = new StreamReader(answer.Content.ReadAsStream(Cancel));
            return [.. JsonSerializer.Deserialize<JsonElement>(reader.ReadToEnd()).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").ToString())];
        }
    }
}
