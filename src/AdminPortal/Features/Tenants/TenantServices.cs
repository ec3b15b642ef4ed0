using AdminPortal.Hosting;

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
        services.AddSettings<DomainOptions>(DomainOptions.Section, options => options.Errors());
        services.AddSingleton<TextRecords>();
        services.AddSingleton<ReadTextRecords>(it => it.GetRequiredService<TextRecords>().ReadAsync);
        services.AddScoped<DomainProof>();
        services.AddNavigation<Text>(NavigationSection.Settings, "settings/domains", "NavDomains", Policies.SeeTenant);
        services.AddNavigation<Text>(NavigationSection.Settings, "settings/mail-servers", "NavPods", Policies.SeeTenant);
        services.AddScoped<PlanActions>();
        services.AddScoped<PodActions>();
        services.AddScoped<ShowPods>();
        return services;
    }

    /// <summary>For processes with the role <c>worker</c>: looks for the proofs of claimed domains.</summary>
    public static IServiceCollection AddDomainProofs(this IServiceCollection services) => services.AddHostedService<DomainProofWorker>();

    public static void MapTenants(this IEndpointRouteBuilder app)
    {
        app.MapTenantRoutes();
        app.MapDomainRoutes();
        app.MapPlanRoutes();
        app.MapPodRoutes();
    }
}
