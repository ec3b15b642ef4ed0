using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>A browser in the words of its owner, "Firefox on Windows". A guess for people's eyes: nothing is decided by it.</summary>
internal static class BrowserName
{
    // Those that also call themselves by another's name come before that other.
    private static readonly (string Mark, string Name)[] Browsers =
        [("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];

    private static readonly (string Mark, string Name)[] Systems =
        [("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux")];

    public static string Of(IStringLocalizer texts, string? userAgent) => (Find(Browsers, userAgent), Find(Systems, userAgent)) switch
    {
        (null, null) => texts["BrowserUnknown"],
        ({ } browser, { } system) => texts["BrowserOn", browser, system],
        var (browser, system) => browser ?? system!,
    };

    private static string? Find((string Mark, string Name)[] known, string? userAgent) =>
        known.FirstOrDefault(one => userAgent?.Contains(one.Mark, StringComparison.Ordinal) == true).Name;
}
