using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Features.SignIn.OpenIdConnect;
using AdminPortal.Features.SignIn.Passwords;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using HeaderNames = Microsoft.Net.Http.Headers.HeaderNames;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// Who is here. A person signs in with a name and a password and is then known by a cookie; a program sends a token. The cookie says only
/// who: what the person may do is asked of the database at each request.
/// </summary>
internal static class SignInServices
{
    /// <summary>A request with an Authorization header is a program's, any other a browser's.</summary>
    private const string EitherScheme = "portal";

    public static IServiceCollection AddSignIn(this IServiceCollection services)
    {
        services.AddSettings<SignInOptions>(SignInOptions.Section, options => options.Errors());
        // Before Identity's own, which would only be added where there is none.
        services.AddScoped<IPasswordValidator<PortalUser>, PasswordRules>();
        services.AddScoped<IPasswordHasher<PortalUser>, PasswordHasher>();
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = PasswordHasher.Iterations);
        services.AddIdentityCore<PortalUser>(Configure).AddEntityFrameworkStores<PortalDbContext>().AddSignInManager();
        services.AddScoped<SessionCookie>();
        services.AddScoped<Sessions>();
        services.AddScoped<BeginSession>();
        services.AddScoped<RecentSignIns>();
        services.AddFactors();
        services.AddScoped<PasswordProof>();
        services.AddScoped<SignInByPassword>();
        services.AddScoped<SignInRecord>();
        services.AddCommand<AddPlatformAdmin>("add-platform-admin", "NAME, where NAME is a mail address, such as you@example.org");
        services.AddSingleton<DummyPassword>();
        services.AddOpenIdConnect();
        services.AddScoped<IPageFrame, Frame>();
        services.AddScoped<IRememberLanguage, RememberLanguage>();
        services.AddAuthentication(EitherScheme)
            .AddPolicyScheme(EitherScheme, null, either => either.ForwardDefaultSelector = SchemeOf)
            .AddCookie(IdentityConstants.ApplicationScheme, Configure)
            .AddCookie(SecondStep.Scheme, SecondStep.Configure)
            // Identity keeps a passkey's challenge here.
            .AddCookie(IdentityConstants.TwoFactorUserIdScheme, Passkeys.Configure);
        services.AddOptions<CookieAuthenticationOptions>(IdentityConstants.ApplicationScheme).Configure<IOptions<SignInOptions>>(
            (cookie, options) => cookie.ExpireTimeSpan = options.Value.SessionLasts);
        return services;
    }

    private static void AddFactors(this IServiceCollection services)
    {
        services.AddScoped<Authenticators>();
        services.AddScoped<RecoveryCodes>();
        services.AddScoped<CodeProof>();
        services.AddScoped<SecondStep>();
        services.AddScoped<Passkeys>();
        services.AddScoped<OwnFactors>();
        services.AddScoped<OwnChange>();
        services.AddScoped<ChangeOwnFactors>();
        services.AddScoped<ChangeOwnPassword>();
        services.AddOptions<IdentityPasskeyOptions>().Configure<IOptions<HostingOptions>>(Configure);
    }

    private static string SchemeOf(HttpContext context) =>
        Health.IsAskedBy(context) ? Health.NobodyScheme
        : context.Request.Headers.ContainsKey(HeaderNames.Authorization) ? BearerTokens.Scheme : IdentityConstants.ApplicationScheme;

    private static void Configure(IdentityOptions identity)
    {
        identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3;
        // Any mail address is a name, so the letters are not restricted here: whoever makes an account normalises the address.
        identity.User.AllowedUserNameCharacters = "";
    }

    private static void Configure(IdentityPasskeyOptions passkeys, IOptions<HostingOptions> hosting)
    {
        // A passkey is bound to the name under which people know the portal; without a public one, to the name in the browser's address.
        passkeys.ServerDomain = hosting.Value.PublicUrl?.Host;
        passkeys.UserVerificationRequirement = "required";
        passkeys.ResidentKeyRequirement = "required";
    }

    private static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "__Host-adminportal";
        cookie.Cookie.Path = "/";
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.IsEssential = true;
        // The session's row says when it is over; the cookie alone keeps nothing alive.
        cookie.SlidingExpiration = false;
        cookie.LoginPath = "/sign-in";
        cookie.LogoutPath = "/sign-out";
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.Events.OnValidatePrincipal = context => context.HttpContext.RequestServices.GetRequiredService<SessionCookie>().ValidateAsync(context);
        cookie.Events.OnRedirectToLogin = LeadToSignIn;
        cookie.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    private static Task LeadToSignIn(RedirectContext<CookieAuthenticationOptions> context)
    {
        var request = context.Request;
        if (!request.Headers.ContainsKey("HX-Request"))
        {
            context.Response.Redirect(SignInPage($"{request.Path}{request.QueryString}"));
            return Task.CompletedTask;
        }
        // A fragment's request must not put the sign-in page into the middle of a page: htmx leads the whole window there instead.
        var page = Uri.TryCreate(request.Headers["HX-Current-URL"], UriKind.Absolute, out var current) ? current.PathAndQuery : "/";
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers["HX-Redirect"] = SignInPage(page);
        return Task.CompletedTask;
    }

    private static string SignInPage(string returnUrl) => returnUrl == "/" ? "/sign-in" : $"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}";
}
