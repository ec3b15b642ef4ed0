using System.Globalization;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>How far away a moment is, in the words one would use; beyond a month, its date.</summary>
internal static class RelativeTime
{
    public static string Say(IStringLocalizer texts, TimeSpan away, DateTimeOffset when)
    {
        var distance = away.Duration();
        var past = away < TimeSpan.Zero;
        return distance switch
        {
            { TotalSeconds: < 45 } => texts["JustNow"],
            { TotalMinutes: < 59.5 } => texts.Count(past ? "MinutesAgo" : "InMinutes", Whole(distance.TotalMinutes)),
            { TotalHours: < 23.5 } => texts.Count(past ? "HoursAgo" : "InHours", Whole(distance.TotalHours)),
            { TotalDays: < 30 } => texts.Count(past ? "DaysAgo" : "InDays", Whole(distance.TotalDays)),
            _ => when.UtcDateTime.ToString("d MMM yyyy", CultureInfo.CurrentCulture),
        };
    }

    private static long Whole(double amount) => Math.Max(1, (long)Math.Round(amount));
}
