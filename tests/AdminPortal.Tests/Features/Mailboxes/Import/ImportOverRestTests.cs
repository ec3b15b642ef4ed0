using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Features.Mailboxes.Import;

public sealed class ImportOverRestTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public ImportOverRestTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Portal:Roles", "web,worker");
        portal.Set("Limits:Import:MaxBytes", "100000");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dry_run_previews_and_applying_it_changes_the_mailboxes()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var previewed = await api.PostAsync($"{contoso.Api}/imports?dryRun=true", Csv($"PrimarySmtpAddress,PopEnabled,OWAEnabled\n{mailbox.Address},False,True\nnew@{contoso.Domain},True,True\n"), Cancel);
        Assert.Equal(HttpStatusCode.OK, previewed.StatusCode);
        var preview = await previewed.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("""2 1 1 0 0""", string.Join(' ', ((string[])["rows", "created", "changed", "unchanged", "refused"]).Select(name => preview.GetProperty(name).GetInt32())));
        Assert.Equal("""{"name":"OWAEnabled","why":"otherService","message":"another way into the mailbox, not governed here"}""", preview.GetProperty("ignoredColumns")[0].GetRawText());
        Assert.Equal(
            $$$"""{"line":2,"address":"{{{mailbox.Address}}}","created":false,"before":{"pop3":"inherit","imap":"inherit","smtp":"inherit"},"after":{"pop3":"disabled","imap":"inherit","smtp":"inherit"}}""",
            preview.GetProperty("changes")[0].GetRawText());

        var import = preview.GetProperty("id").GetGuid();
        var operation = await ApplyAsync(api, $"{contoso.Api}/imports/{import}/apply?reason=Review");
        Assert.Equal(("succeeded", 2), (operation.GetProperty("state").GetString(), operation.GetProperty("changed").GetInt32()));
        var access = await api.GetFromJsonAsync<JsonElement>($"{contoso.Api}/mailboxes/{mailbox.Address}/access", Cancel);
        Assert.Equal("disabled", access.GetProperty("pop3").GetProperty("setting").GetString());
        var shown = await api.GetFromJsonAsync<JsonElement>($"{contoso.Api}/imports/{import}", Cancel);
        Assert.Equal(operation.GetProperty("id").GetGuid(), shown.GetProperty("operation").GetGuid());
    }

    [Fact]
    public async Task Without_a_dry_run_the_file_is_applied_at_once_also_from_a_form()
    {
        var contoso = await portal.NewTenantAsync();
        var mailbox = await portal.NewMailboxAsync(contoso);
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        using var form = new MultipartFormDataContent { { new StringContent("beside"), "note" }, { Csv($"{mailbox.Address}\n"), "file", "liste d’été.csv" } };

        using var accepted = await api.PostAsync($"{contoso.Api}/imports?imap=disabled", form, Cancel);
        var operation = await EndAsync(api, accepted);

        Assert.Equal(("succeeded", 1), (operation.GetProperty("state").GetString(), operation.GetProperty("changed").GetInt32()));
        Assert.Contains(await portal.AuditAsync(contoso), audit => audit is { Action: AuditActions.ImportApplied, Target: "liste d’été.csv" });
    }

    [Fact]
    public async Task Refused_lines_are_told_with_line_column_and_cure_and_block_applying()
    {
        var contoso = await portal.NewTenantAsync();
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var answer = await api.PostAsync($"{contoso.Api}/imports?dryRun=true", Csv("Name,PopEnabled\nnobody,perhaps\n"), Cancel);
        var preview = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal(
            """{"line":2,"column":"PopEnabled","value":"perhaps","why":"badValue","message":"Line 2, column PopEnabled: “perhaps” is not a value for a switch.","cure":"Write True or False, or leave it empty for inherited."}""",
            Told(preview.GetProperty("refusedRows")[0]));

        using var blocked = await api.PostAsync($"{contoso.Api}/imports/{preview.GetProperty("id").GetGuid()}/apply", null, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, blocked.StatusCode);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_a_problem_that_names_the_place_in_the_callers_language()
    {
        var contoso = await portal.NewTenantAsync();
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        api.DefaultRequestHeaders.AcceptLanguage.ParseAdd("fr");

        using var answer = await api.PostAsync($"{contoso.Api}/imports", Csv("Name,PopEnabled\n\"Alice,True\n"), Cancel);

        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest, "unreadable-file");
        Assert.StartsWith("Ligne 2, caractère 1\u00a0: le guillemet ouvert ici n’est pas refermé.", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal((2, 1), (problem.GetProperty("problem").GetProperty("line").GetInt32(), problem.GetProperty("problem").GetProperty("character").GetInt32()));
    }

    [Fact]
    public async Task A_file_over_the_limit_is_413_whether_it_says_so_or_not()
    {
        var contoso = await portal.NewTenantAsync();
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);
        var large = "Name,PopEnabled\n" + string.Concat(Enumerable.Range(0, 10_000).Select(i => $"user{i},True\n"));

        using var announced = await api.PostAsync($"{contoso.Api}/imports", Csv(large), Cancel);
        using var streamed = new HttpRequestMessage(HttpMethod.Post, $"{contoso.Api}/imports") { Content = Csv(large) };
        streamed.Headers.TransferEncodingChunked = true;
        using var counted = await api.SendAsync(streamed, Cancel);

        await ProblemAsync(announced, HttpStatusCode.RequestEntityTooLarge, "too-large");
        await ProblemAsync(counted, HttpStatusCode.RequestEntityTooLarge, "too-large");
    }

    [Fact]
    public async Task Wrong_words_and_wrong_content_are_refused()
    {
        var contoso = await portal.NewTenantAsync();
        var api = await portal.ApiAsync(contoso, PortalRole.TenantAdmin);

        using var word = await api.PostAsync($"{contoso.Api}/imports?pop3=off", Csv("a@b.example\n"), Cancel);
        using var json = await api.PostAsync($"{contoso.Api}/imports", JsonContent.Create(new { a = 1 }), Cancel);
        using var empty = await api.PostAsync($"{contoso.Api}/imports", new MultipartFormDataContent { { new StringContent("x"), "note" } }, Cancel);

        Assert.True((await ProblemAsync(word, HttpStatusCode.BadRequest, "validation")).GetProperty("errors").TryGetProperty("pop3", out _));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, json.StatusCode);
        await ProblemAsync(empty, HttpStatusCode.BadRequest, "validation");
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    public async Task Only_administrators_import(PortalRole role)
    {
        var contoso = await portal.NewTenantAsync();
        var api = await portal.ApiAsync(contoso, role);

        using var answer = await api.PostAsync($"{contoso.Api}/imports", Csv("Name\nx\n"), Cancel);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Another_tenants_import_is_not_found()
    {
        var (ours, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var (our, their) = (await portal.ApiAsync(ours, PortalRole.TenantAdmin), await portal.ApiAsync(theirs, PortalRole.TenantAdmin));
        using var answer = await their.PostAsync($"{theirs.Api}/imports?dryRun=true", Csv("Name,PopEnabled\nx,True\n"), Cancel);
        var import = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("id").GetGuid();

        Assert.Equal(HttpStatusCode.NotFound, (await our.GetAsync($"{ours.Api}/imports/{import}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await our.PostAsync($"{ours.Api}/imports/{import}/apply", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await our.GetAsync($"{theirs.Api}/imports/{import}", Cancel)).StatusCode);
    }

    private static StringContent Csv(string text) => new(text, Encoding.UTF8, "text/csv");

    // As a person reads it, whatever the escapes.
    private static string Told(JsonElement element) => JsonSerializer.Serialize(
        element.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).ToDictionary(member => member.Name, member => member.Value),
        new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string type)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal($"urn:adminportal:problem:{type}", problem.GetProperty("type").GetString());
        return problem;
    }

    private static async Task<JsonElement> ApplyAsync(HttpClient api, string route)
    {
        using var accepted = await api.PostAsync(route, null, Cancel);
        return await EndAsync(api, accepted);
    }

    /// <summary>Follows the operation by its stream of events until it has ended.</summary>
    private static async Task<JsonElement> EndAsync(HttpClient api, HttpResponseMessage accepted)
    {
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{accepted.Headers.Location}/events");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var events = await api.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancel);
        await events.Content.ReadAsStringAsync(Cancel);
        return await api.GetFromJsonAsync<JsonElement>(accepted.Headers.Location, Cancel);
    }
}
