using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn.Reset;

internal static class ResetServices
{
    /// <summary>Forgotten passwords: a page that asks, a worker that mails a link, a page that sets a new one.</summary>
    public static IServiceCollection AddPasswordReset(this IServiceCollection services, HostingOptions hosting)
    {
        services.AddScoped<AskForReset>();
        services.AddScoped<SendResetLink>();
        services.AddScoped<ResetPassword>();
        services.AddCommand<ResetPlatformAdmin>(ResetPlatformAdmin.Command, "NAME: prints a link that sets a new password for a platform administrator");
        services.AddCommand<ResetAnybody>(ResetAnybody.Command, "NAME: the same for anybody, where this portal sends no mail");
        return hosting.Runs("worker") ? services.AddHostedService<ResetWorker>() : services;
    }
}
