using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>What the host gives to every room, and the order in which a request passes it.</summary>
internal static class HostingServices
{
    public static IServiceCollection AddHosting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<HostingOptions>(HostingOptions.Section, options => [.. options.Errors(), .. ConnectionErrors(configuration)]);
        services.AddSingleton<ILoggerFactory>(LogsWithoutLinks.Of);
        services.AddLimits();
        services.TryAddSingleton(TimeProvider.System);
        services.AddHttpContextAccessor();
        services.AddMemoryCache();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        // A request that cannot be bound is told why, by Failures.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddSingleton<KeyFile>();
        services.AddSingleton<Envelope>();
        services.AddSingleton<IdempotencySecret>();
        services.AddSingleton<IdempotencyGate>();
        services.AddScoped<IdempotencyKeys>();
        services.AddSingleton<ServiceCredentials>();
        services.AddSingleton<ProviderSecrets>();
        services.AddSingleton<ResolveName>(Dns.GetHostAddressesAsync);
        services.AddSingleton<OutgoingHttp>();
        services.AddSettings<OpenIdConnectSettings>(OpenIdConnectSettings.Section, settings => settings.Errors());
        services.AddSingleton<Issuers>();
        services.AddSingleton(it => ActivatorUtilities.CreateInstance<DevelopmentAuthority>(it, it.GetRequiredService<IOptions<HostingOptions>>().Value.DataFolder));
        services.AddSingleton<IServerCertificate, Certificates>();
        services.AddSingleton<TrustedRoots>();
        services.AddHostedService<CertificateAtStart>();
        services.AddHostedService<ReadyLine>();
        services.AddScoped<AccountPasswords>();
        services.AddScoped<PersonTrail>();
        var hosting = configuration.ReadSettings<HostingOptions>(HostingOptions.Section);
        return services
            .AddListeners(hosting).AddOutgoingMail(hosting)
            .AddSessionKeys().AddAccessRules().AddThrottle().AddHealth().AddOpenApiDocument().AddTelemetry(configuration);
    }

    private static IEnumerable<string> ConnectionErrors(IConfiguration configuration)
    {
        if (string.IsNullOrWhiteSpace(configuration.GetConnectionString("Portal")))
            yield return "ConnectionStrings:Portal is empty. Start with ./run, which brings its own PostgreSQL, or name the serving role's connection.";
    }

    private static IServiceCollection AddAccessRules(this IServiceCollection services)
    {
        services.AddAuthorization(Policies.Add);
        services.AddScoped<CurrentUser>();
        services.AddScoped<CurrentTenant>();
        services.AddScoped<RecordedChange>();
        services.AddScoped<OwnMailboxHere>();
        services.AddScoped<TenantEntrance>();
        services.AddScoped<TenantVisits>();
        services.AddScoped<IAuthorizationHandler, AccessRules>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
        return services;
    }

    /// <summary>First: where the request comes from, and who catches what fails.</summary>
    public static WebApplication UseHostingFirst(this WebApplication app)
    {
        app.RefuseTokenInAddress();
        app.UseForwardedHeaders();
        app.UseSecureTransport();
        app.UseMiddleware<Failures>();
        return app;
    }

    /// <summary>After the frame of the pages: who calls, about which tenant, and may they.</summary>
    public static WebApplication UseHosting(this WebApplication app)
    {
        app.UseOpenApiPage();
        app.UseSessionKeys();
        var rates = app.Services.GetRequiredService<RateLimits>();
        app.Use(rates.OfAddressAsync);
        app.Use(NoteActor);
        // In the pipeline itself: if it stood in a branch, WebApplication would add one of its own in front of everything.
        app.UseAuthentication();
        app.UseCurrentTenant();
        app.Use(rates.OfTokenAsync);
        app.UseAuthorization();
        app.UseAntiforgeryOfSessions();
        app.UseStepUp();
        app.UseIdempotency();
        return app;
    }

    private static Task NoteActor(HttpContext context, RequestDelegate next)
    {
        var actor = context.RequestServices.GetRequiredService<Actor>();
        (actor.RemoteAddress, actor.UserAgent) = (Networks.Plain(context.Connection.RemoteIpAddress)?.ToString(), Shortened(context.Request.Headers.UserAgent.ToString()));
        return next(context);
    }

    private static string? Shortened(string userAgent) => userAgent.Length switch { 0 => null, > 256 => userAgent[..256], _ => userAgent };
}
