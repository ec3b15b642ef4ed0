using System.Net;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>What holds for every route of the API, shown on the routes of tenants and plans.</summary>
public sealed class ConventionTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_item_that_the_caller_has_already_is_not_sent_again()
    {
        var (tenant, client) = await TenantAsync(PortalRole.Auditor);
        using var request = new HttpRequestMessage(HttpMethod.Get, tenant.Api);
        request.Headers.IfNoneMatch.Add(await client.ETagAsync(tenant.Api));
        using var answer = await client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.NotNull(answer.Headers.ETag);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.PreconditionRequired)]
    [InlineData("\"999\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("W/\"1\"", HttpStatusCode.PreconditionFailed)]
    [InlineData("nonsense", HttpStatusCode.PreconditionFailed)]
    [InlineData("\"1\"", HttpStatusCode.OK)]
    [InlineData("\"7\", \"1\"", HttpStatusCode.OK)]
    [InlineData("*", HttpStatusCode.OK)]
    public async Task Changing_an_item_needs_the_version_that_was_seen(string? ifMatch, HttpStatusCode expected)
    {
        var (tenant, client) = await TenantAsync(PortalRole.TenantAdmin);
        using var answer = await client.SendJsonAsync(HttpMethod.Patch, tenant.Api, """{"name": "Seen"}""", ifMatch, contentType: "application/merge-patch+json");
        Assert.Equal(expected, answer.StatusCode);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json-patch+json")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task A_patch_of_another_kind_is_not_understood(string contentType)
    {
        var (tenant, client) = await TenantAsync(PortalRole.TenantAdmin);
        Assert.Equal("unsupported-media-type", await client.SendJsonAsync(
            HttpMethod.Patch, tenant.Api, "{}", "*", contentType: contentType).ProblemAsync(HttpStatusCode.UnsupportedMediaType));
    }

    [Theory]
    [InlineData("""{"nickname": "x"}""", "nickname")]
    [InlineData("""{"access": {"pop4": "enabled"}}""", "pop4")]
    [InlineData("""{"access": {"pop3": "on"}}""", "access.pop3")]
    [InlineData("""{"access": {"pop3": 1}}""", "access.pop3")]
    [InlineData("""{"name": 5}""", "name")]
    public async Task A_patch_with_an_unknown_member_or_a_bad_value_names_it(string json, string field)
    {
        var (tenant, client) = await TenantAsync(PortalRole.TenantAdmin);
        Assert.NotEmpty(await client.MergePatchAsync(tenant.Api, json).FieldErrorAsync(field));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    [InlineData("""{"name": "a", "name": "b"}""")]
    public async Task A_body_that_is_no_object_is_refused_without_a_word_about_our_code(string body)
    {
        var (tenant, client) = await TenantAsync(PortalRole.TenantAdmin);
        foreach (var answering in new[] { client.MergePatchAsync(tenant.Api, body), client.PostJsonAsync($"{tenant.Api}/plans", body) })
        {
            var problem = (await answering.JsonAsync(HttpStatusCode.BadRequest)).GetRawText();
            Assert.DoesNotContain("AdminPortal.", problem);
            Assert.DoesNotContain("System.", problem);
        }
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=501", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    public async Task A_list_refuses_a_limit_or_cursor_that_is_none(string query, string field)
    {
        var (tenant, client) = await TenantAsync(PortalRole.Auditor);
        Assert.NotEmpty(await client.GetAsync($"{tenant.Api}/plans?{query}", Cancel).FieldErrorAsync(field));
    }

    [Fact]
    public async Task A_cursor_of_another_list_is_refused()
    {
        var (tenant, client) = await TenantAsync(PortalRole.Auditor);
        await client.GetAsync($"{tenant.Api}/plans?cursor={Cursor.Encode(5)}", Cancel).ProblemAsync(HttpStatusCode.BadRequest);
    }

    [Fact]
    public void A_cursor_that_was_altered_anywhere_is_noticed()
    {
        var cursor = Cursor.Encode(new { Name = "Contoso", Id = Guid.CreateVersion7() });
        Assert.True(Cursor.TryParse(cursor, null, out _));
        for (var place = 0; place < cursor.Length - 1; place++)
        {
            var altered = new StringBuilder(cursor) { [place] = cursor[place] == 'A' ? 'B' : 'A' };
            Assert.False(Cursor.TryParse(altered.ToString(), null, out _));
        }
    }

    [Fact]
    public async Task A_list_goes_on_where_it_was_left_while_rows_come_and_go()
    {
        var (tenant, client) = await TenantAsync(PortalRole.TenantAdmin);
        foreach (var name in new[] { "A", "B", "C", "D" }) await client.PostJsonAsync($"{tenant.Api}/plans", $$"""{"name": "{{name}}"}""").JsonAsync(HttpStatusCode.Created);
        var first = await client.GetAsync($"{tenant.Api}/plans?limit=2", Cancel).JsonAsync();
        foreach (var name in new[] { "Aa", "Z" }) await client.PostJsonAsync($"{tenant.Api}/plans", $$"""{"name": "{{name}}"}""").JsonAsync(HttpStatusCode.Created);
        var next = await client.GetAsync($"{tenant.Api}/plans?limit=500&cursor={first.GetProperty("next").GetString()}", Cancel).JsonAsync();

        Assert.Equal(["A", "B", "C", "D", "Everyone", "Z"], Names(first).Concat(Names(next)));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, next.GetProperty("next").ValueKind);

        static IEnumerable<string> Names(System.Text.Json.JsonElement page) => page.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("name").GetString()!);
    }

    [Theory]
    [InlineData("GET", "/api/v1/nowhere", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/api/v1/tenants", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/api/v2", HttpStatusCode.NotFound)]
    public async Task What_is_not_there_is_a_problem_too(string method, string path, HttpStatusCode expected)
    {
        var (_, client) = await TenantAsync(PortalRole.TenantAdmin);
        await client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel).ProblemAsync(expected);
    }

    [Theory]
    [InlineData("/api/v1/tenants")]
    [InlineData("/api/v1/tenants/anything")]
    [InlineData("/api/v1/nowhere")]
    public async Task Without_a_credential_the_api_says_nothing(string path)
    {
        using var answer = await portal.Anonymous().GetAsync(path, Cancel);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        Assert.Equal("unauthorized", await Task.FromResult(answer).ProblemAsync(HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Every_answer_refuses_to_be_framed_sniffed_or_kept()
    {
        var (tenant, client) = await TenantAsync(PortalRole.Auditor);
        using var answer = await client.GetAsync(tenant.Api, Cancel);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("frame-ancestors 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    private async Task<(TestTenant, HttpClient)> TenantAsync(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.ApiAsync(tenant, role));
    }
}
