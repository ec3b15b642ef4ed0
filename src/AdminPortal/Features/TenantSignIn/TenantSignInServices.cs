using AdminPortal.Hosting;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>How a tenant's own people sign in: what the tenant asks of them, and which issuers may vouch for them.</summary>
internal static class TenantSignInServices
{
    public static IServiceCollection AddTenantSignIn(this IServiceCollection services)
    {
        services.AddScoped<ChangeSignInPolicy>();
        services.AddScoped<ChangeMailSignIn>();
        services.AddScoped<ProviderActions>();
        services.AddScoped<WhoGetsIn>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/sign-in", "NavSignIn", Policies.ManageTenant);
    }

    public static void MapTenantSignIn(this IEndpointRouteBuilder app)
    {
        app.MapSignInPolicyRoutes();
        app.MapMailSignInRoutes();
        app.MapProviderRoutes();
    }
}
