using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace AdminPortal.Hosting;

/// <summary>Light, dark, or as the device says.</summary>
internal enum Theme { Auto, Light, Dark }

/// <summary>The two choices in the top bar. Each is a plain form: it sets a cookie of this browser and leads back to the page.</summary>
internal static class PagesPreferences
{
    public const string LanguagePath = "/preferences/language";
    public const string ThemePath = "/preferences/theme";

    private const string ThemeCookie = "__Host-theme";

    public static void MapPagePreferences(this IEndpointRouteBuilder routes)
    {
        var preferences = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        preferences.MapPost(LanguagePath, ChooseLanguage);
        preferences.MapPost(ThemePath, ChooseTheme);
    }

    /// <summary>Read on the server, so that a page never flashes in the wrong theme.</summary>
    public static Theme ThemeOf(HttpRequest request) =>
        Enum.TryParse<Theme>(request.Cookies[ThemeCookie], ignoreCase: true, out var theme) && Enum.IsDefined(theme) ? theme : Theme.Auto;

    /// <summary>What is drawn first; js/theme.js corrects "as this device" before the first pixel.</summary>
    public static string Drawn(Theme theme) => theme == Theme.Dark ? "dark" : "light";

    public static string Code(Theme theme) => theme.ToString().ToLowerInvariant();

    private static async Task<IResult> ChooseLanguage(
        [FromForm] string? language, [FromForm] string? returnUrl, HttpContext context,
        [FromServices] IEnumerable<IRememberLanguage> memories)
    {
        if (Language.Find(language) is { } chosen)
        {
            Keep(context, Localization.Cookie, chosen.Code);
            if (context.User.Identity is { IsAuthenticated: true })
                foreach (var memory in memories)
                    await memory.RememberAsync(context, chosen.Code, context.RequestAborted);
        }
        return Back(returnUrl);
    }

    private static IResult ChooseTheme([FromForm] string? theme, [FromForm] string? returnUrl, HttpContext context)
    {
        if (Enum.TryParse<Theme>(theme, ignoreCase: true, out var chosen) && Enum.IsDefined(chosen))
            Keep(context, ThemeCookie, Code(chosen));
        return Back(returnUrl);
    }

    private static void Keep(HttpContext context, string cookie, string value) =>
        context.Response.Cookies.Append(cookie, value, new CookieOptions
        {
            Path = "/",
            Secure = true,
            HttpOnly = true,
            SameSite = SameSiteMode.Lax,
            MaxAge = TimeSpan.FromDays(365),
            IsEssential = true,
        });

    private static IResult Back(string? returnUrl) =>
        Results.LocalRedirect(RedirectHttpResult.IsLocalUrl(returnUrl) ? returnUrl! : "/");
}
