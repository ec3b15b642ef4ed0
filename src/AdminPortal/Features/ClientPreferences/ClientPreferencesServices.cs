using AdminPortal.Hosting;

namespace AdminPortal.Features.ClientPreferences;

internal static class ClientPreferencesServices
{
    public static IServiceCollection AddClientPreferences(this IServiceCollection services)
    {
        services.AddScoped<GetClientPreferences>();
        services.AddScoped<SetClientPreferences>();
        services.AddScoped<PlanPreferences>();
        services.AddScoped<GetStorage>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/plans", "NavPlans", Policies.SeeTenant);
    }
}
