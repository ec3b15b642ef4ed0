using System.Net;
using System.Net.Sockets;

namespace AdminPortal.Hosting;

/// <summary>Networks in the notation of RFC 4632, such as <c>192.0.2.0/24</c>; a single address is a network of one.</summary>
internal static class Networks
{
    /// <summary>More than these nobody can look over.</summary>
    public const int Most = 20;

    /// <summary>A network as it is kept: in its shortest spelling, IPv4 as such even where it was written into IPv6.</summary>
    /// <returns>Null for what is none.</returns>
    public static string? Read(string text)
    {
        text = text.Trim();
        if (IPAddress.TryParse(text, out var one)) return One(Plain(one)!).ToString();
        if (!IPNetwork.TryParse(text, out var network)) return null;
        return network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96
            ? new IPNetwork(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96).ToString()
            : network.ToString();
    }

    /// <summary>A list of them, each once and as it is kept.</summary>
    /// <param name="given">As somebody wrote them; null: none.</param>
    /// <returns>The networks, or what is wrong with them.</returns>
    public static (List<string> Read, string? Wrong) ReadAll(IReadOnlyList<string>? given)
    {
        var read = (given ?? []).Select(text => (Text: text, Network: Read(text))).ToList();
        if (read.Count > Most) return ([], $"Name {Most} at most.");
        return read.Find(r => r.Network is null).Text is { } unread
            ? ([], $"{(unread.Length > 64 ? unread[..64] : unread)} is no address and no network such as 192.0.2.0/24.")
            : ([.. read.Select(r => r.Network!).Distinct()], null);
    }

    /// <summary>As a form sends them: one a line; commas and blanks part them too.</summary>
    public static IReadOnlyList<string> Lines(string? typed) =>
        (typed ?? "").Split([' ', ',', ';', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Whether the address lies in one of the networks, or there are none. An address that is not known lies in none.</summary>
    public static bool Allow(IReadOnlyCollection<string> networks, IPAddress? address) =>
        networks.Count == 0 || Plain(address) is { } plain && networks.Any(network => IPNetwork.Parse(network).Contains(plain));

    /// <summary>Whether every address of the one is an address of the other; no networks are all of them.</summary>
    public static bool Lie(IReadOnlyCollection<string> inner, IReadOnlyCollection<string> outer) =>
        outer.Count == 0 || inner.Count > 0 && inner.Select(IPNetwork.Parse).All(i => outer.Select(IPNetwork.Parse).Any(o => Lies(i, o)));

    /// <summary>A socket for both families shows IPv4 callers as <c>::ffff:192.0.2.1</c>.</summary>
    public static IPAddress? Plain(IPAddress? address) => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;

    private static bool Lies(IPNetwork inner, IPNetwork outer) => inner.PrefixLength >= outer.PrefixLength && outer.Contains(inner.BaseAddress);

    private static IPNetwork One(IPAddress address) => new(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
}
