using AdminPortal.MailServer.Imap;
using AdminPortal.MailServer.Pop3;
using AdminPortal.MailServer.Relay;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Submission;
using AdminPortal.MailServer.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AdminPortal.MailServer;

public static class MailServerExtensions
{
    /// <summary>
    /// Adds the mail server's services. The host registers an <see cref="IMailBackend"/> as a singleton, binds
    /// <see cref="MailServerOptions"/>, says where the certificate comes from, and opens the ports with
    /// <see cref="MailListenersExtensions.AddMailListeners"/>.
    /// </summary>
    public static IServiceCollection AddMailServer(this IServiceCollection services, Action<MailServerOptions>? configure = null)
    {
        services.AddOptions<MailServerOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailServerOptions>, ValidateMailServerOptions>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddSingleton<MailServerMetrics>();
        services.AddSingleton<MailListeners>();
        services.AddSingleton<ConnectionGate>();
        services.AddSingleton<MailConnectionHost>();
        services.AddSingleton<RelayDialer>();
        services.AddSingleton<SignIn>();
        services.AddSingleton<ISaslMechanism, ScramPlus>();
        services.AddSingleton<ISaslMechanism, Scram>();
        services.AddSingleton<ISaslMechanism, Plain>();
        services.AddSingleton<ISaslMechanism, Sasl.Login>();
        services.AddKeyedSingleton<IProtocolHandler, Pop3Handler>(MailProtocol.Pop3);
        services.AddKeyedSingleton<IProtocolHandler, ImapHandler>(MailProtocol.Imap);
        services.AddKeyedSingleton<IProtocolHandler, SubmissionHandler>(MailProtocol.Smtp);
        return services;
    }
}
