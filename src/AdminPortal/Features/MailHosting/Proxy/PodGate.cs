using System.Net;
using System.Net.Sockets;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Proxy;

/// <summary>
/// Says where the proxy may go. A tenant's administrator names the host, so it must not lead into the operator's own network: only where every
/// address of the name is public or lies in a network that the operator lists. The addresses looked up are the ones connected to, so that a
/// name server cannot answer differently the second time.
/// </summary>
internal sealed class PodGate(ResolveName resolve, IOptions<MailProxyOptions> options)
{
    private readonly IReadOnlyList<string> allowed = options.Value.Allowed;

    /// <summary>None where the name does not exist or leads where nobody may go.</summary>
    /// <param name="host">A name or an address.</param>
    /// <param name="isOperators">The operator's own setting leads wherever it leads.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyList<IPAddress>> AddressesOfAsync(string host, bool isOperators, CancellationToken cancellationToken)
    {
        try
        {
            var addresses = await resolve(host, cancellationToken);
            return isOperators || addresses.All(MayReach) ? addresses : [];
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private bool MayReach(IPAddress address) =>
        (allowed.Count > 0 && Networks.Allow(allowed, address)) || (PublicAddress.Is(address) && !PublicAddress.IsOwn(address));
}
