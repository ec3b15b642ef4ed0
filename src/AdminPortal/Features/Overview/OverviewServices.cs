using AdminPortal.Hosting;

namespace AdminPortal.Features.Overview;

internal static class OverviewServices
{
    public static IServiceCollection AddOverview(this IServiceCollection services)
    {
        services.AddScoped<ReadOverview>();
        return services.AddNavigation(NavigationSection.Overview, "", Policies.SeeTenant);
    }
}
