using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace AdminPortal.Hosting;

/// <summary>
/// Tells addresses of the public Internet from all others. Everything that IANA's special-purpose registries (RFC 6890) do not call
/// globally reachable is refused, and so is every way to write an IPv4 address inside an IPv6 one, and this machine's own addresses.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] Special =
    [
        .. Networks(
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    ];

    // Global unicast without what is carved out of it: Teredo and the other protocol assignments, documentation, 6to4.
    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork[] SpecialInGlobalUnicast = [.. Networks("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")];

    public static bool Is(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return Is(address.MapToIPv4());
        if (address.AddressFamily == AddressFamily.InterNetwork) return !Special.Any(network => network.Contains(address));
        return GlobalUnicast.Contains(address) && !SpecialInGlobalUnicast.Any(network => network.Contains(address));
    }

    /// <summary>Whether this machine bears the address: what listens there trusts its neighbours.</summary>
    public static bool IsOwn(IPAddress address) => NetworkInterface.GetAllNetworkInterfaces()
        .SelectMany(network => network.GetIPProperties().UnicastAddresses)
        .Any(own => own.Address.Equals(address));

    private static IEnumerable<IPNetwork> Networks(params string[] networks) => networks.Select(text => IPNetwork.Parse(text));
}
