using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.DataAnnotations;
using Microsoft.AspNetCore.Mvc.Razor;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The shell that all pages live in: Razor Pages below Features, two languages, cookies that only this host sees, static files, error
/// pages. What a page may use is told in Features/Shared/README.md.
/// </summary>
internal static class Pages
{
    public static IServiceCollection AddPortalPages(this IServiceCollection services)
    {
        services.AddPortalLocalization();
        services.AddRazorPages(options => options.RootDirectory = "/Features")
            .AddViewOptions(options => options.HtmlHelperOptions.ClientValidationEnabled = false)
            .AddDataAnnotationsLocalization()
            .AddMvcOptions(options => options.Filters.Add<StepUpOfPages>());
        services.Configure<RazorViewEngineOptions>(options => options.ViewLocationFormats.Add("/Features/Shared/{0}.cshtml"));
        services.AddSingleton<LocalizedValidation>();
        services.AddSingleton<IConfigureOptions<MvcOptions>>(it => it.GetRequiredService<LocalizedValidation>());
        services.AddSingleton<IConfigureOptions<MvcDataAnnotationsLocalizationOptions>>(
            it => it.GetRequiredService<LocalizedValidation>());

        services.AddAuthorization();
        services.AddHttpContextAccessor();
        services.AddScoped<Navigation>();
        services.TryAddScoped<IPageFrame, PageFrameOfRequest>();
        services.TryAddSingleton(TimeProvider.System);
        return services.AddPageCookies().AddPageOutput().AddCompression();
    }

    /// <summary>First in the pipeline: what holds for every answer, whoever asks. Static files leave here.</summary>
    public static WebApplication UsePortalFrame(this WebApplication app)
    {
        app.UseSecurityHeaders();
        app.UsePageErrors();
        app.UseCookiePolicy(new CookiePolicyOptions { Secure = CookieSecurePolicy.Always });
        app.UseResponseCompression();
        return app.UsePortalStaticFiles();
    }

    /// <summary>After authentication and authorisation, so that a person's own language is known.</summary>
    public static WebApplication UsePortalPages(this WebApplication app)
    {
        app.UseRequestLocalization();
        app.UseAntiforgery();
        app.MapPagePreferences();
        app.MapRazorPages();
        return app;
    }

    // SecurePolicy.None leaves `Secure` to the cookie policy, which always sets it; SecurePolicy.Always would refuse http://localhost.
    private static IServiceCollection AddPageCookies(this IServiceCollection services)
    {
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "__Host-antiforgery";
            options.Cookie.Path = "/";
            options.Cookie.SecurePolicy = CookieSecurePolicy.None;
            options.HeaderName = "RequestVerificationToken";
        });
        return services.Configure<CookieTempDataProviderOptions>(options =>
        {
            options.Cookie.Name = "__Host-status";
            options.Cookie.Path = "/";
            options.Cookie.SecurePolicy = CookieSecurePolicy.None;
            options.Cookie.IsEssential = true;
        });
    }

    private static IServiceCollection AddPageOutput(this IServiceCollection services)
    {
        // French letters and typographic marks leave as themselves: readable source, fewer bytes.
        var readable = new TextEncoderSettings(UnicodeRanges.BasicLatin, UnicodeRanges.Latin1Supplement, UnicodeRanges.LatinExtendedA);
        readable.AllowCharacters('\u202F', '‘', '’', '“', '”', '–', '—', '…', '·', '→');
        services.AddSingleton<HtmlEncoder>(new InertHtmlEncoder(readable));
        return services.Configure<RouteOptions>(options => options.LowercaseUrls = true);
    }
}
