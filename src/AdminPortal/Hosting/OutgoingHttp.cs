using System.Net;
using System.Net.Sockets;

namespace AdminPortal.Hosting;

/// <summary>Looks a host name up. The outside world, so that tests can say what a hostile name server would.</summary>
internal delegate Task<IPAddress[]> ResolveName(string host, CancellationToken cancellationToken);

/// <summary>
/// Clients for addresses that a tenant's administrator named. They reach the public Internet over HTTPS, and what the operator lists. A name is
/// looked up once, every address found must be allowed, and the very addresses that were looked at are connected to: a name server
/// cannot lead elsewhere the second time. No redirect is followed, no proxy of the environment is asked.
/// </summary>
internal sealed class OutgoingHttp(ResolveName resolve, TrustedRoots roots)
{
    private const int HttpsPort = 443;
    private const int MostOctets = 1024 * 1024;

    /// <param name="isListed">What the operator allows beside the public Internet.</param>
    /// <param name="patience">For a whole request.</param>
    public HttpClient Client(Func<IPEndPoint, bool> isListed, TimeSpan patience) =>
        new(Handler(isListed, patience)) { Timeout = patience, MaxResponseContentBufferSize = MostOctets };

    private SocketsHttpHandler Handler(Func<IPEndPoint, bool> isListed, TimeSpan patience) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = patience,
        // Names are looked up again now and then.
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        SslOptions = roots.ClientOptions(""),
        ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, isListed, cancellationToken),
    };

    private async Task<Stream> ConnectAsync(DnsEndPoint to, Func<IPEndPoint, bool> isListed, CancellationToken cancellationToken)
    {
        var addresses = await resolve(to.Host, cancellationToken);
        // The same words for a name that leads inside as for one that leads nowhere: the difference would draw a map of the inner network.
        if (addresses.Length == 0 || !addresses.All(address => MayReach(new(address, to.Port), isListed)))
            throw new SocketException((int)SocketError.HostNotFound);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, to.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static bool MayReach(IPEndPoint to, Func<IPEndPoint, bool> isListed) =>
        isListed(to) || (to.Port == HttpsPort && PublicAddress.Is(to.Address) && !PublicAddress.IsOwn(to.Address));
}
