using System.Text;

namespace AdminPortal.MailServer.Memory;

/// <summary>One mailbox: its folders, its switches, its live sessions. Everything in it happens under the backend's one lock.</summary>
internal sealed class MemoryMailbox
{
    private readonly string[] _aliases;
    private readonly Dictionary<MailProtocol, string> _switchedOff = [];
    private readonly List<MemorySession> _sessions = [];
    private readonly SortedDictionary<string, MemoryFolder> _folders = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _subscriptions = new(StringComparer.Ordinal);
    private uint _lastUidValidity;

    public MemoryMailbox(MemoryMailBackend backend, string address, string password, string[] aliases)
    {
        (Backend, Address, Password, _aliases) = (backend, address, password, aliases);
        Create("INBOX", SpecialUse.None);
        foreach (var use in Enum.GetValues<SpecialUse>().Where(use => use != SpecialUse.None))
            Create(use.ToString(), use);
    }

    public MemoryMailBackend Backend { get; }

    public string Address { get; }

    public string Password { get; }

    public long Quota { get; set; } = long.MaxValue;

    public AfterRetrieval AfterRetrieval { get; set; }

    public Lock Lock => Backend.Lock;

    public bool MaildropOpen { get; set; }

    public SortedDictionary<string, MemoryFolder> Folders => _folders;

    public SortedSet<string> Subscriptions => _subscriptions;

    /// <summary>One of its own, or one that all share.</summary>
    public MemoryFolder? Find(string name) => _folders.GetValueOrDefault(name) ?? Backend.SharedFolders.GetValueOrDefault(name);

    public bool Owns(string address) =>
        address.Equals(Address, StringComparison.OrdinalIgnoreCase) || _aliases.Contains(address, StringComparer.OrdinalIgnoreCase);

    public long Held => _folders.Values.Sum(f => f.Size);

    public bool HasRoomFor(long octets) => Held + octets <= Quota;

    public bool HasRoomNow(long octets)
    {
        lock (Lock)
            return HasRoomFor(octets);
    }

    public MemoryFolder Create(string name, SpecialUse use)
    {
        if (use != SpecialUse.None || name == "INBOX")
            _subscriptions.Add(name);
        return _folders[name] = new MemoryFolder(Backend, use, ++_lastUidValidity);
    }

    /// <summary>The folder for what is kept but out of the way; null where its owner removed it.</summary>
    public MemoryFolder? Archive => _folders.Values.FirstOrDefault(folder => folder.Use == SpecialUse.Archive);

    public AuthenticationResult Open(MailProtocol protocol)
    {
        lock (Lock)
        {
            if (_switchedOff.TryGetValue(protocol, out var reason))
                return new AuthenticationResult.AccessDisabled(reason);
            var session = new MemorySession(this, protocol);
            _sessions.Add(session);
            return new AuthenticationResult.Succeeded(session);
        }
    }

    public void Forget(MemorySession session)
    {
        lock (Lock)
            _sessions.Remove(session);
    }

    public void SwitchOff(MailProtocol protocol, string reason)
    {
        lock (Lock)
        {
            _switchedOff[protocol] = reason;
            foreach (var session in _sessions.Where(s => s.Protocol == protocol))
                session.End(new SessionEnd(SessionEndReason.AccessDisabled, reason));
        }
    }

    public void SwitchOn(MailProtocol protocol)
    {
        lock (Lock)
            _switchedOff.Remove(protocol);
    }

    public uint Deliver(string folder, byte[] message, MessageFlags flags)
    {
        lock (Lock)
            return Find(folder)!.Add([new(flags, [], null, message)])[0];
    }

    public void Change(IReadOnlyList<uint> flag, IReadOnlyList<uint> expunge)
    {
        lock (Lock)
        {
            var inbox = _folders["INBOX"];
            foreach (var uid in expunge)
                inbox.Remove(new HashSet<uint> { uid });
            inbox.Change(inbox.Messages.Where(m => flag.Contains(m.Uid)), new FlagChange(FlagChangeMode.Add, MessageFlags.Flagged, []));
        }
    }

    public IReadOnlyList<string> Contents(string folder)
    {
        lock (Lock)
            return [.. Find(folder)!.Messages.Select(m => Encoding.UTF8.GetString(m.Content))];
    }
}
