using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>A port that some room listens on, so that a port in use can be told by the setting that changes it.</summary>
/// <param name="Setting">As an environment variable: <c>Portal__HttpPort</c>.</param>
/// <param name="Port">Null or 0: nothing that could be taken.</param>
/// <param name="Address">Where it listens; null: on all addresses.</param>
internal sealed record ListeningPort(string Setting, int? Port, IPAddress? Address)
{
    /// <summary>Whether another program has it at this moment.</summary>
    public bool IsTaken()
    {
        if (Port is not { } port || port == 0) return false;
        var address = Address ?? (Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        using var probe = new Socket(address.AddressFamily, SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        if (address.Equals(IPAddress.IPv6Any)) probe.DualMode = true;
        try
        {
            probe.Bind(new IPEndPoint(address, port));
            return false;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode == SocketError.AddressAlreadyInUse;
        }
    }
}

/// <summary>The web's sockets and their limits.</summary>
internal static class Listeners
{
    public static IServiceCollection AddListeners(this IServiceCollection services, HostingOptions options)
    {
        services.AddSingleton(new ListeningPort("Portal__HttpPort", options.HttpPort, options.ListeningAddress));
        services.AddSingleton(new ListeningPort("Portal__HttpsPort", options.HttpsPort, options.ListeningAddress));
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, ConfigureKestrel>();
        return services.AddSingleton<IConfigureOptions<ForwardedHeadersOptions>, ConfigureForwardedHeaders>();
    }
}

internal sealed class ConfigureKestrel(
    IOptions<HostingOptions> hosting, IOptions<LimitsOptions> limits, WebConnections connections, IServerCertificate certificate)
    : IConfigureOptions<KestrelServerOptions>
{
    private readonly WebLimits web = limits.Value.Web;

    public void Configure(KestrelServerOptions kestrel)
    {
        Limit(kestrel);
        if (hosting.Value.HttpPort is { } http) Listen(kestrel, http, _ => { });
        if (hosting.Value.HttpsPort is { } https) Listen(kestrel, https, listener => listener.UseHttps(Tls()));
    }

    private void Listen(KestrelServerOptions kestrel, int port, Action<ListenOptions> layers)
    {
        // The gate comes first: a handshake already costs.
        void configure(ListenOptions listener)
        {
            listener.Use(connections.Gate);
            layers(listener);
        }
        // "localhost" is two addresses, which cannot share a port that the system is yet to choose.
        if (hosting.Value.BindsLoopback && port > 0) kestrel.ListenLocalhost(port, configure);
        else if (hosting.Value.ListeningAddress is { } address) kestrel.Listen(address, port, configure);
        else kestrel.ListenAnyIP(port, configure);
    }

    private TlsHandshakeCallbackOptions Tls() => new()
    {
        OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Current,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        }),
        HandshakeTimeout = web.HandshakeTimeout,
    };

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        // Counted by WebConnections: Kestrel's own number would be one for HTTP and mail together.
        kestrel.Limits.MaxConcurrentConnections = null;
        kestrel.Limits.RequestHeadersTimeout = web.HeadersTimeout;
        kestrel.Limits.KeepAliveTimeout = web.KeepAliveTimeout;
        kestrel.Limits.MinRequestBodyDataRate = new(web.BodyRate, web.RateGrace);
        kestrel.Limits.MinResponseDataRate = new(web.AnswerRate, web.RateGrace);
        kestrel.Limits.MaxRequestLineSize = web.RequestLineBytes;
        kestrel.Limits.MaxRequestBufferSize = Math.Max(kestrel.Limits.MaxRequestBufferSize ?? 0, web.RequestLineBytes);
        kestrel.Limits.MaxRequestHeadersTotalSize = web.HeadersBytes;
        kestrel.Limits.MaxRequestHeaderCount = web.Headers;
        kestrel.Limits.Http2.MaxStreamsPerConnection = web.StreamsPerConnection;
        // The room that takes files raises this for its own route.
        kestrel.Limits.MaxRequestBodySize = limits.Value.Requests.BodyBytes;
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

