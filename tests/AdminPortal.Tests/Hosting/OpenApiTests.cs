using System.Net;
using System.Text.Json;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class OpenApiTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private const string Approved = "Hosting/openapi.v1.json";

    /// <summary>Set to 1, the test rewrites the approved file instead of comparing with it.</summary>
    private const string Approve = "APPROVE_OPENAPI";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_the_approved_one()
    {
        var document = (await portal.Anonymous().GetStringAsync("/openapi/v1.json", Cancel)).ReplaceLineEndings("\n").TrimEnd() + "\n";
        var file = Path.Combine(ProjectFolder(), Approved);
        if (Environment.GetEnvironmentVariable(Approve) == "1") await File.WriteAllTextAsync(file, document, Cancel);

        var approved = File.Exists(file) ? await File.ReadAllTextAsync(file, Cancel) : "";
        Assert.True(document == approved, $"The API has changed. Look at it, and if it is meant, run this test with {Approve}=1.\n{Difference(approved, document)}");
    }

    [Fact]
    public async Task It_is_openapi_3_1() => Assert.StartsWith("3.1.", (await DocumentAsync()).GetProperty("openapi").GetString());

    [Fact]
    public async Task Many_may_ask_for_it_at_once()
    {
        var documents = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => DocumentAsync()));

        Assert.All(documents, document => Assert.Equal(documents[0].GetRawText(), document.GetRawText()));
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_a_summary_and_a_tag()
    {
        var operations = await OperationsAsync();
        Assert.All(operations, o => Assert.True(
            o.Has("operationId") && o.Has("summary") && o.Has("description") && o.Json.GetProperty("tags").GetArrayLength() == 1, o.ToString()));
        var ids = operations.Select(o => o.Json.GetProperty("operationId").GetString()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
    }

    [Fact]
    public async Task Every_operation_says_how_it_succeeds_and_how_it_can_fail()
    {
        foreach (var operation in await OperationsAsync())
        {
            var answers = operation.Json.GetProperty("responses").EnumerateObject().ToList();
            Assert.True(answers.Any(a => a.Name[0] == '2'), $"{operation} does not say how it succeeds.");
            foreach (var status in new[] { "400", "401", "403", "503" })
                Assert.True(answers.Any(a => a.Name == status), $"{operation} does not say {status}.");
            Assert.True(!operation.Path.Contains('{') || answers.Any(a => a.Name == "404"), $"{operation} does not say 404.");
        }
    }

    [Fact]
    public async Task Every_answer_with_a_body_shows_an_example()
    {
        var shared = (await DocumentAsync()).GetProperty("components").GetProperty("responses");
        var answers = (await OperationsAsync()).SelectMany(
            operation => operation.Json.GetProperty("responses").EnumerateObject().Select(answer => (Where: $"{operation} {answer.Name}", answer.Value)));
        foreach (var (where, answer) in answers.Concat(shared.EnumerateObject().Select(problem => (problem.Name, problem.Value))))
            if (answer.TryGetProperty("content", out var content))
                foreach (var media in content.EnumerateObject().Where(m => m.Name.EndsWith("json", StringComparison.Ordinal)))
                    Assert.True(media.Value.TryGetProperty("example", out _), $"{where} {media.Name} has no example.");
    }

    [Fact]
    public async Task Every_parameter_in_an_address_is_described()
    {
        foreach (var operation in await OperationsAsync())
        {
            var named = operation.Json.TryGetProperty("parameters", out var parameters)
                ? parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()).ToHashSet()
                : [];
            foreach (var part in operation.Path.Split('/').Where(p => p.StartsWith('{')))
                Assert.True(named.Contains(part.Trim('{', '}')), $"{operation} does not describe {part}.");
        }
    }

    [Fact]
    public void Every_route_of_the_api_names_its_policy_and_the_scope_that_a_token_needs()
    {
        foreach (var route in Routes())
        {
            Assert.True(route.Metadata.GetOrderedMetadata<IAuthorizeData>().Count > 0, $"{route.DisplayName} names no policy.");
            Assert.True(route.Metadata.GetMetadata<IAllowAnonymous>() is null, $"{route.DisplayName} is open to everybody.");
            Assert.True(Scopes.All.Contains(route.Metadata.GetMetadata<RequiredScope>()?.Scope), $"{route.DisplayName} names no scope.");
        }
    }

    [Fact]
    public void Every_route_that_makes_something_honours_the_idempotency_key_and_every_route_that_changes_something_needs_the_version_seen()
    {
        foreach (var route in Routes())
            switch (route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Single())
            {
                case "POST":
                    Assert.True(route.Metadata.GetMetadata<HonoursIdempotencyKey>() is not null, $"{route.DisplayName} ignores the Idempotency-Key.");
                    break;
                case "PUT" or "PATCH" or "DELETE":
                    Assert.True(route.Metadata.GetMetadata<IfMatchRequired>() is not null, $"{route.DisplayName} does not ask for If-Match.");
                    break;
            }
    }

    [Fact]
    public async Task The_page_to_try_it_is_open_to_everybody()
    {
        using var page = await portal.Anonymous().GetAsync("/swagger/index.html", Cancel);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("swagger-ui", await page.Content.ReadAsStringAsync(Cancel));
    }

    private IEnumerable<RouteEndpoint> Routes()
    {
        _ = portal.Server;
        var routes = portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith(TenantRoutes.Api, StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(routes);
        return routes;
    }

    private async Task<JsonElement> DocumentAsync() =>
        JsonSerializer.Deserialize<JsonElement>(await portal.Anonymous().GetStringAsync("/openapi/v1.json", Cancel));

    private async Task<List<Operation>> OperationsAsync() =>
    [
        .. from path in (await DocumentAsync()).GetProperty("paths").EnumerateObject()
           from operation in path.Value.EnumerateObject()
           select new Operation(path.Name, operation.Name, operation.Value),
    ];

    private static string Difference(string approved, string document)
    {
        var (before, now) = (approved.Split('\n'), document.Split('\n'));
        var gone = before.Except(now).Take(20).Select(line => $"- {line}");
        var added = now.Except(before).Take(20).Select(line => $"+ {line}");
        return string.Join('\n', gone.Concat(added));
    }

    private static string ProjectFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && folder.GetFiles("AdminPortal.Tests.csproj").Length == 0) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside their project.");
    }

    private sealed record Operation(string Path, string Method, JsonElement Json)
    {
        public bool Has(string member) => Json.TryGetProperty(member, out var value) && value.GetString() is { Length: > 0 };

        public override string ToString() => $"{Method.ToUpperInvariant()} {Path}";
    }
}
