using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.StaticFiles;

namespace AdminPortal.Hosting;

/// <summary>
/// Serves wwwroot. Text leaves compressed (see <see cref="CompressedFiles"/>); a file asked for by its right version
/// (<c>asp-append-version</c>) may be kept for ever, any other answer is asked for again and mostly answered 304.
/// </summary>
internal static class StaticFiles
{
    private const int ShortVersion = 8;
    private static readonly TypesOfCompressedFiles Types = new();

    public static WebApplication UsePortalStaticFiles(this WebApplication app)
    {
        var files = new CompressedFiles(app.Environment.WebRootFileProvider);
        var versions = app.Services.GetRequiredService<IFileVersionProvider>();

        app.Use((context, next) => PreferCompressed(context, files, next));
        app.UseStaticFiles(new StaticFileOptions
        {
            FileProvider = files,
            ContentTypeProvider = Types,
            OnPrepareResponse = answer => Describe(answer.Context, versions),
        });
        return app;
    }

    private static Task PreferCompressed(HttpContext context, CompressedFiles files, RequestDelegate next)
    {
        var request = context.Request;
        if (CompressedFiles.MayCompress(request.Path) && files.Best(request.Path, request.Headers.AcceptEncoding) is { } compressed)
            request.Path = compressed;
        return next(context);
    }

    private static void Describe(HttpContext context, IFileVersionProvider versions)
    {
        var headers = context.Response.Headers;
        var (path, encoding) = CompressedFiles.Split(context.Request.Path);
        if (encoding is not null)
            headers.ContentEncoding = encoding;
        if (CompressedFiles.MayCompress(path))
            headers.Vary = "Accept-Encoding";
        headers.CacheControl = AsksForThisVersion(context.Request, path, versions) ? "public, max-age=31536000, immutable" : "no-cache";
    }

    // A wrong version is not kept: while a new release rolls out, an old process may be asked for the new file. The beginning of the right
    // one will do, so that an icon named a hundred times in a page need not carry all of it.
    private static bool AsksForThisVersion(HttpRequest request, PathString path, IFileVersionProvider versions) =>
        request.Query["v"] is [{ Length: >= ShortVersion } asked]
        && versions.AddFileVersionToPath("", path).Contains($"?v={asked}", StringComparison.Ordinal);

    /// <summary>The file's address with the first letters of its version.</summary>
    public static string ShortAddress(IFileVersionProvider versions, string path) =>
        versions.AddFileVersionToPath("", path) is { } full && full.Length > path.Length
            ? full[..(path.Length + "?v=".Length + ShortVersion)]
            : path;

    private sealed class TypesOfCompressedFiles : IContentTypeProvider
    {
        private readonly FileExtensionContentTypeProvider types = new();

        public bool TryGetContentType(string subpath, [MaybeNullWhen(false)] out string contentType)
        {
            if (!types.TryGetContentType(CompressedFiles.Split(subpath).Path, out contentType))
                return false;
            if (contentType is "text/css" or "text/javascript" or "text/plain")
                contentType += "; charset=utf-8";
            return true;
        }
    }
}
