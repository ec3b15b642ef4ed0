using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace AdminPortal.Hosting;

/// <summary>One language of the portal: what texts are called, how dates and numbers are written, how it names itself.</summary>
internal sealed record Language(string Code, string Format, string Name)
{
    /// <summary>The first is spoken to people whose language we do not have; dates in it as in Britain: day before month, 24 hours.</summary>
    public static readonly IReadOnlyList<Language> All = [new("en", "en-GB", "English"), new("fr", "fr-FR", "Français")];

    public static Language Current => Find(CultureInfo.CurrentUICulture.Name) ?? All[0];

    /// <summary>For words outside any request of the reader's, such as a mail's: the localizer reads the language at the moment of the look-up.</summary>
    public T Speak<T>(Func<T> words)
    {
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (CultureInfo.GetCultureInfo(Format), CultureInfo.GetCultureInfo(Code));
        try
        {
            return words();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before;
        }
    }

    /// <summary><c>fr</c>, <c>fr-CA</c> and <c>FR</c> all find French.</summary>
    public static Language? Find(string? tag)
    {
        var code = tag?.Split('-')[0];
        return All.FirstOrDefault(language => language.Code.Equals(code, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>
/// Where a signed-in person's choice of language is kept for good. The room that owns people registers one; it also refreshes the
/// session's <see cref="Localization.Claim"/>, which wins over the cookie.
/// </summary>
internal interface IRememberLanguage
{
    Task RememberAsync(HttpContext context, string languageCode, CancellationToken cancellationToken);
}

/// <summary>The language of an answer: the person's own choice, then this browser's, then what the browser asks for.</summary>
internal static class Localization
{
    /// <summary>OpenID Connect's name for the language that a person prefers; sign-in copies it into the session.</summary>
    public const string Claim = "locale";

    public const string Cookie = "__Host-language";

    public static IServiceCollection AddPortalLocalization(this IServiceCollection services)
    {
        services.AddLocalization();
        services.AddSingleton<ResourceManagerStringLocalizerFactory>();
        services.Replace(ServiceDescriptor.Singleton<IStringLocalizerFactory, KeptTexts>());
        return services.Configure<RequestLocalizationOptions>(options =>
        {
            options.DefaultRequestCulture = new(Language.All[0].Format, Language.All[0].Code);
            options.SupportedCultures = [.. Language.All.Select(language => CultureInfo.GetCultureInfo(language.Format))];
            options.SupportedUICultures = [.. Language.All.Select(language => CultureInfo.GetCultureInfo(language.Code))];
            options.RequestCultureProviders = [new CustomRequestCultureProvider(context => Task.FromResult(ResultOf(Choose(context))))];
            options.ApplyCurrentCultureToResponseHeaders = true;
        });
    }

    /// <summary>For what is answered outside the localisation middleware: the rest of this request speaks the reader's language.</summary>
    public static void Speak(HttpContext context)
    {
        var language = Choose(context) ?? Language.All[0];
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(language.Format);
        CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language.Code);
        context.Response.Headers.ContentLanguage = language.Code;
    }

    private static Language? Choose(HttpContext context) =>
        Language.Find(context.User.FindFirst(Claim)?.Value)
        ?? Language.Find(context.Request.Cookies[Cookie])
        ?? Asked(context.Request.Headers.AcceptLanguage);

    private static ProviderCultureResult? ResultOf(Language? language) => language is null ? null : new(language.Format, language.Code);

    private static Language? Asked(StringValues acceptLanguage)
    {
        if (!StringWithQualityHeaderValue.TryParseList(acceptLanguage, out var wishes))
            return null;
        return wishes.Where(wish => wish.Quality is null or > 0)
            .OrderByDescending(wish => wish.Quality ?? 1)
            .Select(wish => Language.Find(wish.Value.Value))
            .FirstOrDefault(language => language is not null);
    }
}
