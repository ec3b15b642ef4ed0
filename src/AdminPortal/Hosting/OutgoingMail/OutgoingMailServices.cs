using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AdminPortal.Hosting.OutgoingMail;

internal static class OutgoingMailServices
{
    /// <summary>The outbox, for every process that may ask for mail; whoever runs the role <c>worker</c> also sends it.</summary>
    public static IServiceCollection AddOutgoingMail(this IServiceCollection services, HostingOptions hosting)
    {
        services.AddSettings<OutgoingMailOptions>(OutgoingMailOptions.Section, options => options.Errors());
        services.TryAddSingleton<IMailRoutes, MailRoutesOfSettings>();
        services.AddScoped<Outbox>();
        services.AddSingleton<SmtpDelivery>();
        return hosting.Runs("worker") ? services.AddSingleton<OutgoingMailWorker>().AddHostedService(it => it.GetRequiredService<OutgoingMailWorker>()) : services;
    }
}
