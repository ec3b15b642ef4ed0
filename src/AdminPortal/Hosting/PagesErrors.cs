using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.ViewFeatures;

namespace AdminPortal.Hosting;

/// <summary>
/// An answer without a body, or an exception, becomes a page of one sentence when a person is reading; its status code stays. Programs
/// are answered by <see cref="Failures"/>. The page is drawn right here and not by a second pass through the pipeline: with the
/// database away, authentication would fail again.
/// </summary>
internal static partial class PagesErrors
{
    private const string Page = "/Features/Shared/_Error.cshtml";
    private const string PartOfPage = "/Features/Shared/_ErrorSwap.cshtml";

    private static readonly string[] Programs = ["/api", "/openapi", "/health", "/enforce"];
    private static readonly int[] Told = [400, 403, 404, 429, 500, 503];

    public static void UsePageErrors(this IApplicationBuilder app) => app.UseWhen(IsRead, pages =>
    {
        pages.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = ShowAsync,
            StatusCodeSelector = failure => failure is BadHttpRequestException bad ? bad.StatusCode : DatabaseAway.IsCauseOf(failure) ? 503 : NullCharacter.IsCauseOf(failure) ? 400 : 500,
            SuppressDiagnosticsCallback = failed => IsExpected(failed.HttpContext, failed.Exception),
        });
        pages.UseStatusCodePages(empty => ShowAsync(empty.HttpContext));
    });

    /// <summary>Which of the sentences tells this status code.</summary>
    public static int KindOf(int status) => Told.Contains(status) ? status : status < 500 ? 400 : 500;

    private static bool IsRead(HttpContext context)
    {
        var request = context.Request;
        return !Programs.Any(program => request.Path.StartsWithSegments(program))
            && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }

    private static async Task ShowAsync(HttpContext context)
    {
        var status = context.Response.StatusCode;
        var isPart = context.Request.Headers.ContainsKey("HX-Request");
        if (status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = $"{DatabaseAway.RetryAfter.TotalSeconds:0}";
        if (isPart)
        {
            context.Response.Headers["HX-Retarget"] = "#status";
            context.Response.Headers["HX-Reswap"] = "innerHTML";
        }
        Localization.Speak(context);
        await DrawAsync(context, isPart ? PartOfPage : Page, status);
    }

    private static Task DrawAsync(HttpContext context, string view, int status)
    {
        var metadata = context.RequestServices.GetRequiredService<IModelMetadataProvider>();
        var data = new ViewDataDictionary<int>(metadata, new ModelStateDictionary()) { Model = status };
        var result = new ViewResult { ViewName = view, ViewData = data, StatusCode = status };
        return result.ExecuteResultAsync(new ActionContext(context, new RouteData(), new ActionDescriptor()));
    }

    // With the database away every request fails alike: one line each, without the stack. What a caller did wrong, such as a forged form, is
    // told to the caller and is no error of ours: or strangers would fill the log.
    private static bool IsExpected(HttpContext context, Exception exception)
    {
        if (exception is BadHttpRequestException { StatusCode: < 500 }) return true;
        if (!DatabaseAway.IsCauseOf(exception))
            return false;
        var logger = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PagesErrors));
        LogUnavailable(logger, context.Request.Method, OneTimeSecret.Shown(context.Request.Path), exception.GetBaseException().Message);
        return true;
    }

    [LoggerMessage(LogLevel.Warning, "{Method} {Path} was answered 503: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string method, string path, string reason);
}
