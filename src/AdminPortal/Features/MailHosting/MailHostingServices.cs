using System.Net.Sockets;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Features.MailHosting.Delivery;
using AdminPortal.Features.MailHosting.Proxy;
using AdminPortal.Features.MailHosting.Relay;
using AdminPortal.Features.MailHosting.Sessions;
using AdminPortal.Features.MailHosting.SignIn;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting;

internal static class MailHostingServices
{
    /// <summary>
    /// Adds the mail server with this portal behind it (role <c>mail</c>) or with other mail servers behind it (role <c>proxy</c>), and opens its
    /// ports on the one Kestrel. A process with neither role gets <see cref="DeliverMessage"/> alone.
    /// </summary>
    public static IServiceCollection AddMailHosting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<MailHostingOptions>(MailHostingOptions.Section, options => options.Errors());
        services.AddSingleton<MailDatabase>();
        services.AddSingleton<FolderWatches>();
        services.AddSingleton<FolderBell>();
        services.AddSingleton<LocalDelivery>();
        services.AddSettings<SmarthostOptions>(SmarthostOptions.Section, options => options.Errors());
        services.AddSingleton<SmarthostDelivery>();
        services.AddSingleton<DeliverMessage>();
        services.AddSingleton<IConfigureOptions<MailServerOptions>, NameMailServer>();
        var hosting = configuration.ReadSettings<HostingOptions>(HostingOptions.Section);
        if (hosting.Runs("worker")) services.AddRelay();
        if (!hosting.Runs("mail") && !hosting.Runs("proxy")) return services;
        services.AddServing(configuration.ReadSettings<MailServerOptions>(MailServerOptions.Section), hosting);
        return hosting.Runs("mail") ? services.AddStore() : services.AddProxy();
    }

    /// <summary>Mailboxes are kept here.</summary>
    private static IServiceCollection AddStore(this IServiceCollection services)
    {
        services.AddSingleton<IMailboxDoor, MailSessions>();
        services.AddSingleton<MaildropLocks>();
        services.AddHostedService<FolderListener>();
        services.AddHostedService<GarbageSweep>();
        return services;
    }

    /// <summary>Mailboxes are kept elsewhere.</summary>
    private static IServiceCollection AddProxy(this IServiceCollection services)
    {
        services.AddSettings<MailProxyOptions>(MailProxyOptions.Section, options => options.Errors());
        services.AddSingleton<IMailboxDoor, PodRoutes>();
        services.AddSingleton<PodGate>();
        services.AddSingleton<PodDelayRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<PodDelayRecorder>());
        services.Configure<MailServerOptions>(options => options.Relays = true);
        return services;
    }

    private static void AddRelay(this IServiceCollection services)
    {
        services.AddSingleton<RelayQueue>();
        services.AddSingleton<RelayReports>();
        services.AddSingleton<RelayWorker>();
        services.AddHostedService(provider => provider.GetRequiredService<RelayWorker>());
    }

    private static IServiceCollection AddServing(this IServiceCollection services, MailServerOptions options, HostingOptions hosting)
    {
        foreach (var (setting, port) in MailPorts.Of(options))
            services.AddSingleton(new ListeningPort($"{MailServerOptions.Section}__{setting}", port, hosting.ListeningAddress));
        services.AddMailServer();
        services.AddSingleton<IConfigureOptions<MailServerOptions>, ConfigureMailServer>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, OpenMailPorts>();
        services.AddSingleton<DomainCertificates>();
        services.AddHostedService(provider => provider.GetRequiredService<DomainCertificates>());
        services.AddSingleton<IMailBackend, PortalMailBackend>();
        services.AddSingleton<ILimitsOfRoom, LimitsOfMail>();
        services.AddSingleton<Transcripts>();
        services.AddHostedService(provider => provider.GetRequiredService<Transcripts>());
        services.AddSingleton<PasswordProof>();
        services.AddSingleton<TokenProof>();
        services.AddSingleton<BearerOffer>();
        services.AddSingleton<IAccessChangeReader>(provider => provider.GetRequiredService<BearerOffer>());
        services.AddHostedService(provider => provider.GetRequiredService<BearerOffer>());
        services.AddSingleton<IInstallationSecret, SecretOfKeyFile>();
        services.AddSingleton<RefusalText>();
        services.AddSingleton<AccessEnforcement>();
        services.AddSingleton<IAccessChangeReader>(provider => provider.GetRequiredService<AccessEnforcement>());
        services.AddSingleton<SignInRecorder>();
        services.AddHostedService(provider => provider.GetRequiredService<SignInRecorder>());
        services.AddHostedService<SessionSweep>();
        return services;
    }
}

/// <summary>In every process, because whoever writes a report signs with the mail server's name: what hand-outs call it.</summary>
internal sealed class NameMailServer(IConfiguration configuration) : IConfigureOptions<MailServerOptions>
{
    public void Configure(MailServerOptions options)
    {
        var section = configuration.GetSection(MailServerOptions.Section);
        options.HostName = section["HostName"] ?? section["PublicHost"] ?? options.HostName;
    }
}

/// <summary>The mail server listens where the portal listens, and shows its certificate.</summary>
internal sealed class ConfigureMailServer(
    IConfiguration configuration, IServerCertificate certificate, DomainCertificates domains, IOptions<HostingOptions> hosting)
    : IConfigureOptions<MailServerOptions>
{
    public void Configure(MailServerOptions options)
    {
        var section = configuration.GetSection(MailServerOptions.Section);
        var name = options.HostName;
        Bind(section, options);
        options.HostName = name;
        options.Certificate = () => certificate.Current;
        options.CertificateFor = domains.For;
        options.IsProxy = new TrustedProxies(hosting.Value.TrustedProxies).Include;
        if (options.BindAddresses.Count == 0)
            foreach (var address in AddressesOfThePortal(MailPorts.Of(options).Select(p => p.Port))) options.BindAddresses.Add(address);
    }

    // The section is shared with what hand-outs show (Data's MailServerAddresses), so settings that are not ours are no mistake.
    private static void Bind(IConfigurationSection section, MailServerOptions options)
    {
        try
        {
            section.Bind(options);
        }
        catch (InvalidOperationException exception)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(MailServerOptions), [exception.Message]);
        }
    }

    // Two addresses cannot share a port that the system is yet to choose.
    private IEnumerable<string> AddressesOfThePortal(IEnumerable<int?> ports) => hosting.Value switch
    {
        { BindsLoopback: true } => Socket.OSSupportsIPv6 && !ports.Any(port => port == 0) ? ["127.0.0.1", "::1"] : ["127.0.0.1"],
        { ListeningAddress: { } address } => [address.ToString()],
        _ => [],
    };
}

internal sealed class OpenMailPorts : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions options) => options.AddMailListeners();
}

internal sealed class LimitsOfMail(IOptions<MailServerOptions> options) : ILimitsOfRoom
{
    public IEnumerable<ShownLimit> All => ShownLimit.Of($"{MailServerOptions.Section}:{nameof(MailServerOptions.Limits)}", options.Value.Limits);
}

internal static class MailPorts
{
    public static IEnumerable<(string Setting, int? Port)> Of(MailServerOptions options) =>
    [
        (nameof(options.ImapPort), options.ImapPort), (nameof(options.ImapsPort), options.ImapsPort),
        (nameof(options.Pop3Port), options.Pop3Port), (nameof(options.Pop3sPort), options.Pop3sPort),
        (nameof(options.SubmissionPort), options.SubmissionPort), (nameof(options.SubmissionsPort), options.SubmissionsPort),
    ];
}
