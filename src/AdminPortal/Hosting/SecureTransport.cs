using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// People who come by plain HTTP under another name than localhost are led to HTTPS, because their browser would not keep our cookies.
/// Programs are not led anywhere: a token that was sent in clear must not seem to have worked (OWASP ASVS 5.0, 4.1.2).
/// </summary>
internal static class SecureTransport
{
    public static WebApplication UseSecureTransport(this WebApplication app)
    {
        // Leaves out localhost and its addresses by itself, and answers that were not sent by HTTPS.
        app.UseHsts();
        var options = app.Services.GetRequiredService<IOptions<HostingOptions>>().Value;
        app.Use((context, next) => IsPersonInClear(context.Request) && HttpsAddress(context.Request, options) is { } address
            ? Lead(context, address)
            : next(context));
        return app;
    }

    private static bool IsPersonInClear(HttpRequest request) =>
        !request.IsHttps && HttpMethods.IsGet(request.Method) && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
        && request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]");

    private static string? HttpsAddress(HttpRequest request, HostingOptions options)
    {
        if (options.PublicUrl is { Scheme: "https" } publicUrl) return publicUrl.GetLeftPart(UriPartial.Authority) + request.PathBase + request.Path + request.QueryString;
        return options.HttpsPort is > 0 and var port ? $"https://{request.Host.Host}:{port}{request.PathBase}{request.Path}{request.QueryString}" : null;
    }

    private static Task Lead(HttpContext context, string address)
    {
        context.Response.Redirect(address, permanent: false, preserveMethod: true);
        return Task.CompletedTask;
    }
}
