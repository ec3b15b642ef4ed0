using System.Collections.Concurrent;
using System.Net;
using AdminPortal.Data;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// The gate before the web's ports: so many connections in all, of which a part is kept for people and programs that are known, and so many
/// from one address. There is nothing to say to whoever is too many: the connection is closed before it costs a handshake.
/// </summary>
internal sealed class WebConnections(IOptions<LimitsOptions> limits, IOptions<HostingOptions> hosting, LimitHits hits)
{
    private static readonly object Key = new();
    private readonly WebLimits web = limits.Value.Web;
    private readonly TrustedProxies proxies = new(hosting.Value.TrustedProxies);
    private readonly ConcurrentDictionary<string, int> addresses = new();
    private int all;
    private int strangers;

    public ConnectionDelegate Gate(ConnectionDelegate next) => async connection =>
    {
        using var place = TryEnter((connection.RemoteEndPoint as IPEndPoint)?.Address);
        if (place is null)
        {
            connection.Abort(new ConnectionAbortedException("Too many connections."));
            return;
        }
        connection.Items[Key] = place;
        await next(connection);
    };

    /// <summary>Somebody who is known asks over this connection: from now on it is none of the strangers'.</summary>
    public static void Recognise(HttpContext context)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var place) == true) ((Place)place!).Recognise();
    }

    private Place? TryEnter(IPAddress? address)
    {
        var place = new Place(this, address is null || proxies.Include(address) ? null : AddressBlocks.Of(address).Address);
        if (place.TooMuch is not { } limit) return place;
        hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Web)}:{limit}");
        place.Dispose();
        return null;
    }

    private sealed class Place : IDisposable
    {
        private readonly WebConnections gate;
        private readonly string? address;
        private int isStranger = 1;

        public Place(WebConnections gate, string? address)
        {
            (this.gate, this.address) = (gate, address);
            var here = address is null ? 0 : gate.addresses.AddOrUpdate(address, 1, (_, count) => count + 1);
            var (total, unknown) = (Interlocked.Increment(ref gate.all), Interlocked.Increment(ref gate.strangers));
            TooMuch =
                here > gate.web.ConnectionsPerAddress ? nameof(WebLimits.ConnectionsPerAddress)
                : total > gate.web.Connections ? nameof(WebLimits.Connections)
                : unknown > gate.web.ConnectionsBeforeSignIn ? nameof(WebLimits.ConnectionsBeforeSignIn)
                : null;
        }

        public string? TooMuch { get; }

        public void Recognise()
        {
            if (Interlocked.Exchange(ref isStranger, 0) == 1) Interlocked.Decrement(ref gate.strangers);
        }

        public void Dispose()
        {
            Recognise();
            Interlocked.Decrement(ref gate.all);
            if (address is not null && gate.addresses.AddOrUpdate(address, 0, (_, count) => count - 1) == 0)
                gate.addresses.TryRemove(KeyValuePair.Create(address, 0));
        }
    }
}

/// <summary>The proxies that the operator names: they come for many.</summary>
internal sealed class TrustedProxies(string setting)
{
    private readonly IPAddress[] addresses = [.. HostingOptions.Words(setting).Select(word => IPAddress.TryParse(word, out var address) ? address : null).OfType<IPAddress>()];
    private readonly IPNetwork[] networks = [.. HostingOptions.Words(setting).Where(word => word.Contains('/')).Select(word => IPNetwork.Parse(word))];

    public bool Include(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return addresses.Contains(plain) || networks.Any(network => network.Contains(plain));
    }
}
