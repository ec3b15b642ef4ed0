using System.Globalization;

namespace AdminPortal.Hosting;

/// <summary>How long to wait, as HTTP says it (RFC 9110, 10.2.3): whole seconds, and never too early.</summary>
internal static class RetryAfter
{
    public static string Seconds(TimeSpan wait) => Math.Max(1, Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
}
