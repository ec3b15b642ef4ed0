using System.Globalization;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Shared;

/// <summary>Numbers in sentences: English counts "0 sessions", French « 0 session ».</summary>
internal static class Plurals
{
    /// <summary>
    /// <c>T.Count("SessionsEnded", 2)</c> reads <c>SessionsEnded_One</c> or <c>SessionsEnded_Other</c>; <c>{0}</c> is the number, written as
    /// the language writes it, and further arguments follow.
    /// </summary>
    public static LocalizedString Count(this IStringLocalizer texts, string key, long number, params object[] arguments)
    {
        var form = IsOne(number) ? "_One" : "_Other";
        return texts[key + form, [number.ToString("N0", CultureInfo.CurrentCulture), .. arguments]];
    }

    private static bool IsOne(long number) =>
        CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "fr" ? number is 0 or 1 : number is 1;
}
