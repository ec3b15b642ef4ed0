using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.RazorPages.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Authorisation;

/// <summary>Whoever adds a route, a page or a handler says who may use it: in the code, and in the table of matrix.txt.</summary>
public sealed partial class RouteTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_and_handler_has_a_row_and_every_row_a_route()
    {
        var (routes, rows) = ((await RoutesAsync()).ToHashSet(), MatrixRow.All.Select(row => row.Key).ToList());

        Assert.True(routes.IsSubsetOf(rows), $"{MatrixRow.File} does not say who may use these: add a line for each.\n{string.Join('\n', routes.Except(rows))}");
        Assert.True(routes.IsSupersetOf(rows), $"{MatrixRow.File} speaks of what is not there (any more):\n{string.Join('\n', rows.Except(routes))}");
    }

    [Fact]
    public async Task Every_operation_of_the_document_has_a_row()
    {
        var document = JsonSerializer.Deserialize<JsonElement>(await portal.Anonymous().GetStringAsync("/openapi/v1.json", Cancel));
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(
            path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}"));

        Assert.Equal(MatrixRow.All.Where(row => row.IsApi).Select(row => $"{row.Method} {row.Template}").Distinct().Order(), operations.Order());
    }

    [Fact]
    public void Every_route_says_in_so_many_words_who_may_use_it()
    {
        foreach (var endpoint in Endpoints())
            Assert.True(
                endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null || endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Count > 0,
                $"{endpoint.DisplayName} ({endpoint.RoutePattern.RawText}) states no policy: [Authorize(Policy = Policies.…)], RequireAuthorization(Policies.…) or AllowAnonymous.");
    }

    private IEnumerable<RouteEndpoint> Endpoints()
    {
        _ = portal.Server;
        return portal.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();
    }

    private async Task<List<string>> RoutesAsync()
    {
        var loader = portal.Services.GetRequiredService<PageLoader>();
        var routes = new List<string>();
        foreach (var endpoint in Endpoints())
        {
            var template = $"/{Constraint().Replace(endpoint.RoutePattern.RawText!, "}").Trim('/')}";
            if (endpoint.Metadata.GetMetadata<PageActionDescriptor>() is not { } page)
                routes.AddRange((endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Except(["HEAD"]).Select(method => $"{method} {template}"));
            else
                // A page without a handler for GET is shown all the same.
                routes.AddRange((await loader.LoadAsync(page, endpoint.Metadata)).HandlerMethods
                    .Select(handler => $"{handler.HttpMethod.ToUpperInvariant()} {template}{(handler.Name is null ? "" : $"?handler={handler.Name.ToLowerInvariant()}")}")
                    .Append($"GET {template}"));
        }
        return [.. routes.Distinct()];
    }

    [GeneratedRegex(@":[^}]+\}")]
    private static partial Regex Constraint();
}
