namespace AdminPortal.Features.MySettings;

internal static class MySettingsServices
{
    public static IServiceCollection AddMySettings(this IServiceCollection services) => services.AddScoped<GetOwnMailbox>();
}
