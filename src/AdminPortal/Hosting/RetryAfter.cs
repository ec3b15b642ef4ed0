using System.Globalization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Hosting;

/// <summary>How long to wait, as HTTP says it (RFC 9110, 10.2.3): whole seconds, and never too early.</summary>
internal static class RetryAfter
{
    public static string Seconds(TimeSpan wait) => Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);

    /// <summary>A page that answers, but not to what was asked: 429, and when to ask again.</summary>
    /// <returns>The seconds to wait, for the page's words.</returns>
    public static string HoldOff(this PageModel page, TimeSpan wait)
    {
        page.Response.StatusCode = StatusCodes.Status429TooManyRequests;
        page.Response.Headers.RetryAfter = Seconds(wait);
        return Seconds(wait);
    }
}
