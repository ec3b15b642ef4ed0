namespace AdminPortal.MailServer.Memory;

/// <summary>A folder's messages and its history. Callers hold the mailbox's lock; only waiting is done without it.</summary>
internal sealed class MemoryFolder(MemoryMailBackend backend, SpecialUse use, uint uidValidity)
{
    private readonly Queue<(uint Uid, long ModSeq)> _vanished = [];

    /// <summary>Expunges up to this MODSEQ may be forgotten.</summary>
    private long _rememberedFrom;
    private TaskCompletionSource _changed = NewSignal();

    public ObjectId Id { get; } = ObjectId.OfFolder(Guid.CreateVersion7());

    public SpecialUse Use => use;

    public uint UidValidity => uidValidity;

    public uint UidNext { get; private set; } = 1;

    public long HighestModSeq { get; private set; } = 1;

    /// <summary>The first UID that no read-write session was told of.</summary>
    public uint RecentFrom { get; private set; } = 1;

    public bool Deleted { get; private set; }

    public FolderRight Right { get; set; } = FolderRight.Everything;

    /// <summary>By UID, because UIDs only rise.</summary>
    public List<MemoryMessage> Messages { get; } = [];

    public long Size => Messages.Sum(m => (long)m.Content.Length);

    /// <returns>Their UIDs, in the same order.</returns>
    public IReadOnlyList<uint> Add(IReadOnlyList<Arrival> arrivals)
    {
        if (arrivals.Count == 0)
            return [];
        var (first, modSeq) = (UidNext, NextModSeq());
        foreach (var arrival in arrivals)
            Messages.Add(new MemoryMessage(UidNext++, InSeconds(arrival.Date ?? backend.Clock.GetUtcNow()), InSeconds(backend.Clock.GetUtcNow()), arrival.Content, arrival.Id ?? ObjectId.OfContent(Guid.CreateVersion7()))
            {
                Flags = arrival.Flags,
                Keywords = [.. arrival.Keywords],
                ModSeq = modSeq,
            });
        return [.. arrivals.Select((_, place) => first + (uint)place)];
    }

    public void Change(IEnumerable<MemoryMessage> messages, FlagChange change)
    {
        var changed = messages.Select(message => (message, after: change.Apply(message.Flags, message.Keywords)))
            .Where(m => m.after.Flags != m.message.Flags || !m.after.Keywords.SequenceEqual(m.message.Keywords)).ToList();
        if (changed.Count == 0)
            return;
        var modSeq = NextModSeq();
        foreach (var (message, after) in changed)
            (message.Flags, message.Keywords, message.ModSeq) = (after.Flags, after.Keywords, modSeq);
    }

    public void Remove(IReadOnlySet<uint> uids)
    {
        var gone = Messages.FindAll(m => uids.Contains(m.Uid));
        if (gone.Count == 0)
            return;
        var modSeq = NextModSeq();
        foreach (var message in gone)
            _vanished.Enqueue((message.Uid, modSeq));
        Messages.RemoveAll(gone.Contains);
        while (_vanished.Count > backend.RememberedExpunges)
            _rememberedFrom = _vanished.Dequeue().ModSeq;
    }

    public FolderChanges Since(long modSeq) => new(
        UidNext, HighestModSeq,
        [.. Messages.Where(m => m.ModSeq > modSeq).Select(m => m.Summary)],
        VanishedSince(modSeq));

    public IReadOnlyList<UidRange> VanishedSince(long modSeq) => modSeq < _rememberedFrom
        ? UidRange.Between(Messages.Select(m => m.Uid), UidNext)
        : UidRange.Of(_vanished.Where(v => v.ModSeq > modSeq).Select(v => v.Uid).Order());

    public uint ClaimRecent()
    {
        var from = RecentFrom;
        RecentFrom = UidNext;
        return from;
    }

    public void Delete()
    {
        Deleted = true;
        NextModSeq();
    }

    public Task ChangedAfter(long modSeq) => HighestModSeq > modSeq ? Task.CompletedTask : _changed.Task;

    private long NextModSeq()
    {
        HighestModSeq++;
        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
        return HighestModSeq;
    }

    private static DateTimeOffset InSeconds(DateTimeOffset date) => DateTimeOffset.FromUnixTimeSeconds(date.ToUnixTimeSeconds());

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>A message on its way into a folder.</summary>
/// <param name="Id">A copy has its original's.</param>
internal sealed record Arrival(MessageFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset? Date, byte[] Content, ObjectId? Id = null);

internal sealed class MemoryMessage(uint uid, DateTimeOffset internalDate, DateTimeOffset savedAt, byte[] content, ObjectId id)
{
    public ObjectId Id => id;

    public uint Uid => uid;

    public byte[] Content => content;

    public required MessageFlags Flags { get; set; }

    public required string[] Keywords { get; set; }

    public required long ModSeq { get; set; }

    public DateTimeOffset InternalDate => internalDate;

    public Arrival Copy => new(Flags, Keywords, internalDate, content, id);

    public MessageSummary Summary => new(uid, Flags, Keywords, internalDate, content.Length, ModSeq, savedAt);
}
