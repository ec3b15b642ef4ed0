namespace AdminPortal.Features.Tenants;

/// <summary>Tenants and the layers below them: domains, plans and pods.</summary>
internal static class TenantServices
{
    public static IServiceCollection AddTenants(this IServiceCollection services)
    {
        services.AddScoped<CreateTenant>();
        services.AddScoped<GetTenants>();
        services.AddScoped<ChangeTenant>();
        services.AddScoped<DomainActions>();
        services.AddScoped<PlanActions>();
        services.AddScoped<PodActions>();
        return services;
    }

    public static void MapTenants(this IEndpointRouteBuilder app)
    {
        app.MapTenantRoutes();
        app.MapDomainRoutes();
        app.MapPlanRoutes();
        app.MapPodRoutes();
    }
}
