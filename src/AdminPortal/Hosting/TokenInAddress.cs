using System.Text.RegularExpressions;

namespace AdminPortal.Hosting;

/// <summary>
/// A token in an address is in the logs of every proxy on the way, so it is refused wherever it stands there, even where no token is asked for
/// (RFC 9700, 2.6), and before anything here could write the address down. It must be taken for known to others.
/// </summary>
internal static partial class TokenInAddress
{
    public static IApplicationBuilder RefuseTokenInAddress(this IApplicationBuilder app) => app.Use((context, next) =>
        Holds(context.Request.Path.Value) || Holds(context.Request.QueryString.Value) ? RefuseAsync(context) : next(context));

    private static bool Holds(string? text) =>
        text is { Length: > 0 } && (Token().IsMatch(text) || text.Contains('%', StringComparison.Ordinal) && Token().IsMatch(Uri.UnescapeDataString(text)));

    private static Task RefuseAsync(HttpContext context) => Problems.Of(
        StatusCodes.Status400BadRequest, "token-in-address", "A token does not belong into an address.",
        "Send it in the header Authorization: Bearer …, and replace this one: others may have seen it.").ExecuteAsync(context);

    [GeneratedRegex("apt_[0-9A-Za-z]{20,}", RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
