using System.Net;
using System.Net.Sockets;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Connectivity;

/// <summary>
/// Says where a check may go. Our own listeners, as a preset names them: always. Anywhere else: only saved lines, only mail ports, and only
/// where every address of the name is public or listed by the operator. The name is looked up once, and the addresses found are the ones
/// connected to, so that a name server cannot answer differently the second time.
/// </summary>
internal sealed class EndpointGate(ResolveName resolve, IOptions<ConnectivityOptions> options)
{
    private static readonly int[] MailPorts = [25, 110, 143, 465, 587, 993, 995, 2525];

    /// <summary>
    /// The addresses to connect to; none where the name does not exist or leads where a check may not go. The two are not told apart: the
    /// difference would draw a map of the inner network.
    /// </summary>
    /// <exception cref="OperationCanceledException">The check's time is over.</exception>
    public async Task<IReadOnlyList<IPAddress>> AddressesOfAsync(ConnectionLine line, CancellationToken cancellationToken)
    {
        var addresses = await LookUpAsync(line.Host, cancellationToken);
        if (line.Preset == EndpointPreset.ThisServer) return addresses;
        return addresses.All(address => MayReach(address, line.Port)) ? addresses : [];
    }

    private async Task<IReadOnlyList<IPAddress>> LookUpAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await resolve(host, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            return [];
        }
    }

    private bool MayReach(IPAddress address, int port) =>
        options.Value.Allowed.Contains(new IPEndPoint(address, port))
        || (MailPorts.Contains(port) && PublicAddress.Is(address) && !PublicAddress.IsOwn(address));
}
