using System.IO.Compression;
using System.Net.Mime;
using Microsoft.AspNetCore.ResponseCompression;

namespace AdminPortal.Hosting;

/// <summary>
/// Pages and JSON leave compressed: a list of fifty mailboxes is 8 kB instead of 100. Static files compress themselves
/// (<see cref="StaticFiles"/>).
/// <para>
/// Compressing over TLS invites BREACH: whoever can make a browser ask often, have words of their own come back in the answer, and watch
/// its length, can guess a secret that stands in the same answer again and again. Here no answer holds such a secret:
/// </para>
/// <list type="bullet">
/// <item>antiforgery tokens are encrypted afresh for every page, so no two pages hold the same one;</item>
/// <item>a token, a password or a hand-out's link is shown once, in the answer to the request that made it, and never again;</item>
/// <item>the session is in a cookie, which no page repeats, and which <c>SameSite</c> withholds from requests that other sites make
/// in the background; a bearer token is sent by no browser of its own accord.</item>
/// </list>
/// <para>
/// What is left, names and addresses, tells its presence to a watcher by the length of a search's answer, compressed or not. An answer that
/// one day must repeat a secret says so: <c>Features.Get&lt;IHttpsCompressionFeature&gt;()!.Mode = HttpsCompressionMode.DoNotCompress</c>.
/// </para>
/// </summary>
internal static class Compression
{
    public static IServiceCollection AddCompression(this IServiceCollection services)
    {
        // Brotli's fastest is worse than gzip's; its next costs a millisecond a page and saves a third.
        services.Configure<BrotliCompressionProviderOptions>(brotli => brotli.Level = CompressionLevel.Optimal);
        services.Configure<GzipCompressionProviderOptions>(gzip => gzip.Level = CompressionLevel.Fastest);
        return services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.Providers.Add<BrotliCompressionProvider>();
            options.Providers.Add<GzipCompressionProvider>();
            options.MimeTypes = [MediaTypeNames.Text.Html, MediaTypeNames.Application.Json, MediaTypeNames.Application.ProblemJson];
        });
    }
}
