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
        return hosting.Runs("worker") ? services.AddHostedService<ResetWorker>() : services;
    }
}
