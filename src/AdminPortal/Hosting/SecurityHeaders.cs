using Microsoft.Net.Http.Headers;

namespace AdminPortal.Hosting;

/// <summary>
/// What every answer tells the browser to refuse. Scripts and styles come from our own files alone: no inline script or style, no
/// <c>style</c> attribute, no eval. An answer that says nothing about caching is not to be kept.
/// </summary>
internal static class SecurityHeaders
{
    // data: is for the small pictures inside Bootstrap's stylesheet.
    private const string ContentPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    // The one style sheet that Swagger UI writes into its page, by its digest: another version's needs another. The crawl of all pages tells.
    private const string StyleOfSwagger = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

    private const string Permissions =
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), " +
        "publickey-credentials-get=(self), publickey-credentials-create=(self)";

    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        // Written when the answer starts, so that an error page, which begins with cleared headers, carries them too.
        context.Response.OnStarting(() =>
        {
            Write(context.Response.Headers);
            if (context.Request.Path.StartsWithSegments("/swagger"))
                context.Response.Headers.ContentSecurityPolicy = ContentPolicy.Replace("style-src 'self'", $"style-src 'self' {StyleOfSwagger}", StringComparison.Ordinal);
            // Not even to ourselves: a proxy before us would write the address of such a page into its log.
            if (OneTimeSecret.IsIn(context.Request.Path)) context.Response.Headers["Referrer-Policy"] = "no-referrer";
            return Task.CompletedTask;
        });
        return next(context);
    });

    private static void Write(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = ContentPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "same-origin";
        headers["Permissions-Policy"] = Permissions;
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        if (!headers.ContainsKey(HeaderNames.CacheControl))
            headers.CacheControl = "no-store";
    }
}
