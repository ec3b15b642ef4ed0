using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Counts who is inside. Three doors: all connections with a part kept for those who signed in, connections from one address, and signed-in
/// connections of one mailbox and protocol. Counts are of this process.
/// </summary>
internal sealed class ConnectionGate(IOptions<MailServerOptions> options, MailServerMetrics metrics)
{
    private readonly MailServerLimits _limits = options.Value.Limits;
    private readonly ConcurrentDictionary<IPAddress, int> _addresses = new();
    private readonly ConcurrentDictionary<(MailProtocol, string), int> _mailboxes = new();
    private int _all;
    private int _waiting;

    /// <summary>A place for a connection that has not signed in; null when there is none. Disposing gives everything back.</summary>
    public Place? TryEnter(IPAddress remote)
    {
        var place = new Place(this, Neighbourhood(remote));
        if (!Raise(_addresses, place.Address, options.Value.IsProxy?.Invoke(remote) == true ? _limits.Connections : _limits.ConnectionsPerAddress))
            return Refuse(nameof(_limits.ConnectionsPerAddress));
        var (waiting, all) = (Interlocked.Increment(ref _waiting), Interlocked.Increment(ref _all));
        if (waiting <= _limits.ConnectionsBeforeSignIn && all <= _limits.Connections)
            return place;
        place.Dispose();
        return Refuse(all > _limits.Connections ? nameof(_limits.Connections) : nameof(_limits.ConnectionsBeforeSignIn));
    }

    private Place? Refuse(string limit)
    {
        metrics.LimitReached(limit);
        return null;
    }

    /// <summary>One IPv6 customer has a /64, so addresses within it count as one.</summary>
    private static IPAddress Neighbourhood(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private static bool Raise<TKey>(ConcurrentDictionary<TKey, int> counts, TKey key, int limit) where TKey : notnull
    {
        if (counts.AddOrUpdate(key, 1, (_, count) => count + 1) <= limit)
            return true;
        Lower(counts, key);
        return false;
    }

    private static void Lower<TKey>(ConcurrentDictionary<TKey, int> counts, TKey key) where TKey : notnull
    {
        if (counts.AddOrUpdate(key, 0, (_, count) => count - 1) == 0)
            counts.TryRemove(KeyValuePair.Create(key, 0));
    }

    internal sealed class Place(ConnectionGate gate, IPAddress address) : IDisposable
    {
        private (MailProtocol, string)? _mailbox;
        private bool _left;

        internal IPAddress Address => address;

        /// <summary>From waiting to signed in; false when the mailbox has as many connections as it may have.</summary>
        public bool TryEnterMailbox(MailProtocol protocol, string mailbox)
        {
            if (!Raise(gate._mailboxes, (protocol, mailbox), gate._limits.ConnectionsPerMailbox))
                return gate.Refuse(nameof(gate._limits.ConnectionsPerMailbox)) is not null;
            _mailbox = (protocol, mailbox);
            Interlocked.Decrement(ref gate._waiting);
            return true;
        }

        /// <summary>Back to waiting: the mailbox could not be opened after all.</summary>
        public void LeaveMailbox()
        {
            if (_mailbox is not { } mailbox)
                return;
            _mailbox = null;
            Lower(gate._mailboxes, mailbox);
            Interlocked.Increment(ref gate._waiting);
        }

        public void Dispose()
        {
            if (_left)
                return;
            _left = true;
            Interlocked.Decrement(ref gate._all);
            Lower(gate._addresses, address);
            if (_mailbox is { } mailbox)
                Lower(gate._mailboxes, mailbox);
            else
                Interlocked.Decrement(ref gate._waiting);
        }
    }
}
