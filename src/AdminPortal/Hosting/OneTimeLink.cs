namespace AdminPortal.Hosting;

/// <summary>
/// The way from a link that works once to its page. The secret goes from the address into a cookie of this browser, and the browser to the
/// page's plain address: so it stays out of the history, out of what the page's own files are asked with, and out of the logs of whatever
/// stands before the portal, but for the one request that brings it. Following the link alone changes nothing, as mail scanners do.
/// </summary>
internal static class OneTimeLink
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(1);

    /// <summary>Moves the secret out of the address.</summary>
    /// <param name="context">The request that brings it.</param>
    /// <param name="door">The page, without its slash: <c>invitation</c>.</param>
    /// <param name="secret">As it stands in the address.</param>
    public static void Keep(HttpContext context, string door, string secret) => context.Response.Cookies.Append(Name(door), secret, Options(Kept));

    /// <returns>Null where this browser came without one.</returns>
    public static OneTimeSecret? Find(HttpContext context, string door) =>
        context.Request.Cookies[Name(door)] is { Length: > 0 } text ? OneTimeSecret.Of(text) : null;

    public static void Forget(HttpContext context, string door) => context.Response.Cookies.Delete(Name(door), Options(null));

    private static string Name(string door) => $"__Host-{door}";

    // Lax: the link is followed from another site, a webmail.
    private static CookieOptions Options(TimeSpan? kept) => new()
    {
        HttpOnly = true, Secure = true, SameSite = SameSiteMode.Lax, Path = "/", IsEssential = true, MaxAge = kept,
    };
}
