using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.ConnectionSettings;

internal static class ConnectionSettingsServices
{
    public static IServiceCollection AddConnectionSettings(this IServiceCollection services)
    {
        // The section is the mail server's, which has more settings: what is not ours is left alone.
        services.AddOptions<MailServerAddresses>().BindConfiguration(MailServerAddresses.Section);
        services.AddScoped<GetConnectionSettings>();
        services.AddScoped<SetConnectionSettings>();
        services.AddScoped<ChoosePreset>();
        return services.AddNavigation<Text>(NavigationSection.Settings, "settings/connection", "NavConnection", Policies.SeeTenant);
    }
}
