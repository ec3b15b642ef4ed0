namespace AdminPortal.Hosting;

internal static class ThrottleServices
{
    public static IServiceCollection AddThrottle(this IServiceCollection services)
    {
        services.AddSingleton<ThrottleRecord>();
        services.AddSingleton<ThrottleMemory>();
        services.AddSingleton<SignInThrottle>();
        services.AddHostedService<GuessSweep>();
        return services;
    }
}
