using System.Security.Cryptography;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Features.MailHosting.Delivery;
using AdminPortal.Features.MailHosting.Sessions;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting;

internal static class MailHostingServices
{
    /// <summary>
    /// Adds the mail server with this portal behind it, and opens its ports on the one Kestrel. A process without the role <c>mail</c> gets
    /// <see cref="DeliverMessage"/> alone.
    /// </summary>
    public static IServiceCollection AddMailHosting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<MailHostingOptions>().BindConfiguration(MailHostingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailHostingOptions>, ValidateMailHostingOptions>();
        services.AddSingleton<MailDatabase>();
        services.AddSingleton<FolderWatches>();
        services.AddSingleton<FolderBell>();
        services.AddSingleton<LocalDelivery>();
        services.AddSingleton<DeliverMessage>();
        return RunsMail(configuration) ? services.AddServing() : services;
    }

    private static bool RunsMail(IConfiguration configuration) =>
        configuration.GetSection(HostingOptions.Section).Get<HostingOptions>()?.Runs("mail") ?? new HostingOptions().Runs("mail");

    private static IServiceCollection AddServing(this IServiceCollection services)
    {
        services.AddMailServer();
        services.AddOptions<MailServerOptions>().BindConfiguration(MailServerOptions.Section).Configure<IServerCertificate>(
            (options, certificate) => options.Certificate = () => certificate.Current);
        services.AddSingleton<IMailBackend, PortalMailBackend>();
        services.AddSingleton<MailSessions>();
        services.AddSingleton<PasswordProof>();
        services.AddSingleton<IInstallationSecret, SecretOfKeyFile>();
        services.AddSingleton<RefusalText>();
        services.AddSingleton<MaildropLocks>();
        services.AddSingleton<AccessEnforcement>();
        services.AddSingleton<IAccessChangeReader>(provider => provider.GetRequiredService<AccessEnforcement>());
        services.AddSingleton<SignInRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<SignInRecorder>());
        services.AddHostedService<FolderListener>();
        services.AddHostedService<SessionSweep>();
        services.AddHostedService<GarbageSweep>();
        services.Configure<KestrelServerOptions>(kestrel => kestrel.AddMailListeners());
        return services;
    }
}

internal sealed class ValidateMailHostingOptions : IValidateOptions<MailHostingOptions>
{
    public ValidateOptionsResult Validate(string? name, MailHostingOptions options)
    {
        var errors = options.Errors().ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
