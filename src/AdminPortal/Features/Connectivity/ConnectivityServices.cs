using AdminPortal.Hosting;

namespace AdminPortal.Features.Connectivity;

internal static class ConnectivityServices
{
    public static IServiceCollection AddConnectivity(this IServiceCollection services)
    {
        services.AddSingleton<ILimitsOfRoom, LimitsOfChecks>();
        services.AddSettings<ConnectivityOptions>(ConnectivityOptions.Section, options => options.Errors());
        services.AddSingleton<EndpointGate>();
        services.AddSingleton<ProbeEndpoint>();
        services.AddScoped<RunConnectivityCheck>();
        services.AddScoped<ListConnectivityChecks>();
        services.AddScoped<ShowPanel>();
        return services.AddNavigation(NavigationSection.Connectivity, "connectivity", Policies.SeeTenant);
    }
}
