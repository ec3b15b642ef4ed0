using System.Data.Common;
using System.Net.Sockets;

namespace AdminPortal.Hosting;

/// <summary>
/// An answer without a body, or an exception, becomes a page of one sentence when a person is reading; its status code stays. Programs
/// are answered elsewhere, with problem details.
/// </summary>
internal static class PagesErrors
{
    public const string Path = "/error";

    private static readonly string[] Programs = ["/api", "/openapi", "/health", "/enforce"];

    public static void UsePageErrors(this IApplicationBuilder app) => app.UseWhen(IsRead, pages =>
    {
        pages.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = Path, StatusCodeSelector = StatusOf });
        pages.UseStatusCodePagesWithReExecute(Path);
    });

    /// <summary>503 when the database cannot be reached just now, for everything that says so by exception; else 500.</summary>
    public static int StatusOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            if (cause is DbException { IsTransient: true } or SocketException or TimeoutException)
                return StatusCodes.Status503ServiceUnavailable;
        return StatusCodes.Status500InternalServerError;
    }

    private static bool IsRead(HttpContext context)
    {
        var request = context.Request;
        return !Programs.Any(program => request.Path.StartsWithSegments(program))
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }
}
