using System.Net;
using System.Net.Security;
using System.Text;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>A port that some room listens on, so that a port in use can be told by the setting that changes it.</summary>
/// <param name="Setting">As an environment variable: <c>Portal__HttpPort</c>.</param>
internal sealed record ListeningPort(string Setting, int? Port);

/// <summary>The web's sockets and their limits.</summary>
internal static class Listeners
{
    public static IServiceCollection AddListeners(this IServiceCollection services, HostingOptions options)
    {
        services.AddSingleton(new ListeningPort("Portal__HttpPort", options.HttpPort));
        services.AddSingleton(new ListeningPort("Portal__HttpsPort", options.HttpsPort));
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, ConfigureKestrel>();
        return services.AddSingleton<IConfigureOptions<ForwardedHeadersOptions>, ConfigureForwardedHeaders>();
    }
}

internal sealed class ConfigureKestrel(IOptions<HostingOptions> hosting, IServerCertificate certificate) : IConfigureOptions<KestrelServerOptions>
{
    public void Configure(KestrelServerOptions kestrel)
    {
        Limit(kestrel);
        if (hosting.Value.HttpPort is { } http) Listen(kestrel, http, _ => { });
        if (hosting.Value.HttpsPort is { } https) Listen(kestrel, https, listener => listener.UseHttps(Tls()));
    }

    private void Listen(KestrelServerOptions kestrel, int port, Action<ListenOptions> configure)
    {
        // "localhost" is two addresses, which cannot share a port that the system is yet to choose.
        if (hosting.Value.BindsAny) kestrel.ListenAnyIP(port, configure);
        else if (hosting.Value.BindIPAddress is { } address) kestrel.Listen(address, port, configure);
        else if (port == 0) kestrel.Listen(IPAddress.Loopback, port, configure);
        else kestrel.ListenLocalhost(port, configure);
    }

    private TlsHandshakeCallbackOptions Tls() => new()
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Current,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
    };

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = 10_000;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // The room that takes files raises this for its own route.
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        // Kestrel answers 500 to a header with a letter outside ASCII until it is told how to write it.
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
    }
}

/// <summary>X-Forwarded-For, -Proto and -Host are believed from the proxies that the operator names, and from nobody else.</summary>
internal sealed class ConfigureForwardedHeaders(IOptions<HostingOptions> hosting) : IConfigureOptions<ForwardedHeadersOptions>
{
    public void Configure(ForwardedHeadersOptions forwarded)
    {
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        var proxies = HostingOptions.Words(hosting.Value.TrustedProxies);
        if (proxies.Length == 0)
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.None;
            return;
        }

        forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
        forwarded.ForwardLimit = null;
        foreach (var proxy in proxies)
            if (IPAddress.TryParse(proxy, out var address)) forwarded.KnownProxies.Add(address);
            else forwarded.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
    }
}

