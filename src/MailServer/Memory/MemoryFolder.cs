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

    /// <summary>By UID, because UIDs only rise.</summary>
    public List<MemoryMessage> Messages { get; } = [];

    public long Size => Messages.Sum(m => (long)m.Content.Length);

    public uint Add(MessageFlags flags, IReadOnlyList<string> keywords, DateTimeOffset? date, byte[] content, ObjectId? id = null)
    {
        var seconds = (date ?? backend.Clock.GetUtcNow()).ToUnixTimeSeconds();
        var stored = DateTimeOffset.FromUnixTimeSeconds(seconds).ToOffset(date?.Offset ?? TimeSpan.Zero);
        var message = new MemoryMessage(UidNext++, stored, content, id ?? ObjectId.OfContent(Guid.CreateVersion7())) { Flags = flags, Keywords = [.. keywords], ModSeq = NextModSeq() };
        Messages.Add(message);
        return message.Uid;
    }

    public bool Change(MemoryMessage message, FlagChange change)
    {
        var (flags, keywords) = change.Apply(message.Flags, message.Keywords);
        if (flags == message.Flags && keywords.SequenceEqual(message.Keywords))
            return false;
        (message.Flags, message.Keywords, message.ModSeq) = (flags, keywords, NextModSeq());
        return true;
    }

    public void Remove(IReadOnlySet<uint> uids)
    {
        foreach (var uid in Messages.Select(m => m.Uid).Where(uids.Contains).ToList())
            _vanished.Enqueue((uid, NextModSeq()));
        Messages.RemoveAll(m => uids.Contains(m.Uid));
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

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed class MemoryMessage(uint uid, DateTimeOffset internalDate, byte[] content, ObjectId id)
{
    public ObjectId Id => id;

    public uint Uid => uid;

    public byte[] Content => content;

    public required MessageFlags Flags { get; set; }

    public required string[] Keywords { get; set; }

    public required long ModSeq { get; set; }

    public DateTimeOffset InternalDate => internalDate;

    public MessageSummary Summary => new(uid, Flags, Keywords, internalDate, content.Length, ModSeq);
}
