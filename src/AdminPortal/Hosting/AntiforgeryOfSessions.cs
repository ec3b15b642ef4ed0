using Microsoft.AspNetCore.Antiforgery;

namespace AdminPortal.Hosting;

/// <summary>
/// A browser sends its cookie along with whatever makes it ask. So a call of the API that changes something and comes with a session must
/// carry the antiforgery token of a page as a header. Tokens of programs need none: no browser adds them by itself.
/// </summary>
internal static class AntiforgeryOfSessions
{
    public static IApplicationBuilder UseAntiforgeryOfSessions(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (!context.IsApi() || IsSafe(context.Request.Method) || !IsSession(context) || await HasTokenAsync(context)) await next(context);
        else await Problems.Of(
            StatusCodes.Status400BadRequest, "antiforgery", "The antiforgery token is missing.",
            "A session needs the header RequestVerificationToken here; a program sends a token of its own instead.").ExecuteAsync(context);
    });

    private static bool IsSafe(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private static bool IsSession(HttpContext context) =>
        context.RequestServices.GetRequiredService<CurrentUser>() is { IsAuthenticated: true, TokenId: null };

    private static Task<bool> HasTokenAsync(HttpContext context) =>
        context.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(context);
}
