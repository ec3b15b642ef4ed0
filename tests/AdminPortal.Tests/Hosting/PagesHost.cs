using System.Security.Claims;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AngleSharp;
using AngleSharp.Dom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AdminPortal.Tests.Hosting;

/// <summary>
/// The shell alone, without rooms and without a database: what the portal's pages have in common, plus routes that fail
/// and one that draws a sentence in the frame. Whoever sends <c>X-Test-User</c> is signed in, in the language of
/// <c>X-Test-Language</c>.
/// </summary>
internal sealed class PagesHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private PagesHost(WebApplication app) => this.app = app;

    public static async Task<PagesHost> StartAsync(Action<IServiceCollection>? rooms = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = "AdminPortal",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = "Production",
        });
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
        builder.Services.AddPortalPages();
        builder.Services.AddAuthorization(options => options.AddPolicy("nobody", policy => policy.RequireAssertion(_ => false)));
        rooms?.Invoke(builder.Services);

        var app = builder.Build();
        app.UsePortalFrame();
        app.Use(SignIn);
        app.UsePortalPages();
        app.MapGet("/breaks", string () => throw new InvalidOperationException("secret detail"));
        app.MapGet("/api/breaks", string () => throw new InvalidOperationException("secret detail"));
        app.MapGet("/database-away", string () => throw new InvalidOperationException("wrapped", new NpgsqlException("secret detail")));
        app.MapGet("/forbidden", () => Results.StatusCode(403));
        // Before the rooms' own pages, which would want a database.
        app.MapGet("/t/{tenant}/{**page}", Framed).WithOrder(-1);
        await app.StartAsync();
        return new(app);
    }

    public IServiceProvider Services => app.Services;

    public HttpClient Client(params (string Name, string Value)[] headers)
    {
        var client = app.GetTestClient();
        client.DefaultRequestHeaders.Add("Accept", "text/html");
        foreach (var (name, value) in headers)
            client.DefaultRequestHeaders.Add(name, value);
        return client;
    }

    public async Task<IDocument> OpenAsync(string address, params (string Name, string Value)[] headers)
    {
        using var client = Client(headers);
        using var answer = await client.GetAsync(new Uri(address, UriKind.Relative), Cancellation);
        return await ReadAsync(answer);
    }

    public static async Task<IDocument> ReadAsync(HttpResponseMessage answer) =>
        await BrowsingContext.New().OpenAsync(page => page.Content(answer.Content.ReadAsStream(Cancellation)), Cancellation);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    private static Task SignIn(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers["X-Test-User"] is [{ } name])
            context.User = new(new ClaimsIdentity([new(ClaimTypes.Name, name), new(Localization.Claim, context.Request.Headers["X-Test-Language"].ToString())], "test"));
        return next(context);
    }

    // A page without a room: the frame around one sentence.
    private static Task Framed(HttpContext context)
    {
        var page = new ViewResult
        {
            ViewName = "/Features/Shared/_StatusMessage.cshtml",
            ViewData = new(new EmptyModelMetadataProvider(), new()) { Model = new StatusMessage("A sentence.") },
        };
        return page.ExecuteResultAsync(new ActionContext(context, context.GetRouteData(), new ActionDescriptor()));
    }
}
