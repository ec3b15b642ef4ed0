using Microsoft.AspNetCore.Authorization;

namespace AdminPortal.Hosting;

/// <summary>What the host gives to every room, and the order in which a request passes it.</summary>
internal static class HostingServices
{
    public static IServiceCollection AddHosting(this IServiceCollection services)
    {
        services.AddSettings<HostingOptions>(HostingOptions.Section, options => options.Errors());
        services.AddHttpContextAccessor();
        services.AddMemoryCache();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        // A request that cannot be bound is told why, by Failures.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        return services.AddAccessRules();
    }

    private static IServiceCollection AddAccessRules(this IServiceCollection services)
    {
        services.AddAuthorization(Policies.Add);
        services.AddScoped<CurrentUser>();
        services.AddScoped<CurrentTenant>();
        services.AddScoped<TenantEntrance>();
        services.AddScoped<TenantVisits>();
        services.AddScoped<IAuthorizationHandler, AccessRules>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AuthorizationAnswers>();
        return services;
    }

    /// <summary>After the frame of the pages: who calls, about which tenant, and may they.</summary>
    public static WebApplication UseHosting(this WebApplication app)
    {
        app.UseMiddleware<Failures>();
        app.UseAuthentication();
        app.UseCurrentTenant();
        app.UseAuthorization();
        return app;
    }
}
