using System.Collections.Concurrent;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// How far the folders that are open in this process have come, and who waits to hear of it. Whoever commits a change
/// raises the folder here (see <see cref="FolderBell"/>); waiting costs a task and nothing else.
/// </summary>
internal sealed class FolderWatches
{
    private readonly Lock gate = new();
    private readonly Dictionary<Guid, FolderWatch> byOwner = [];

    /// <summary>What they held when they were last opened here.</summary>
    public FolderMemory Memory { get; } = new();

    /// <summary>Begins to hear of the folders of a mailbox, or of those that a tenant's mailboxes share. Enter before reading a folder: then nothing falls between.</summary>
    public FolderWatch Enter(Guid tenantId, Guid ownerId)
    {
        lock (gate)
        {
            if (!byOwner.TryGetValue(ownerId, out var watch))
                byOwner[ownerId] = watch = new(this, tenantId, ownerId);
            watch.Watchers++;
            return watch;
        }
    }

    public void Raise(Guid ownerId, Guid folderId, long modSeq)
    {
        FolderWatch? watch;
        lock (gate) watch = byOwner.GetValueOrDefault(ownerId);
        watch?.Raise(folderId, modSeq);
    }

    /// <summary>Every folder that somebody may be waiting for.</summary>
    public IReadOnlyList<(FolderWatch Watch, Guid FolderId)> All()
    {
        lock (gate) return [.. byOwner.Values.SelectMany(watch => watch.Folders.Select(folder => (watch, folder)))];
    }

    internal void Leave(FolderWatch watch)
    {
        lock (gate)
            if (--watch.Watchers == 0)
                byOwner.Remove(watch.OwnerId);
    }
}

/// <summary>One owner's folders; shared by the sessions in this process. Disposing leaves once.</summary>
internal sealed class FolderWatch(FolderWatches watches, Guid tenantId, Guid ownerId) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, long> positions = new();
    private TaskCompletionSource raised = NewSignal();

    public Guid TenantId => tenantId;

    public Guid OwnerId => ownerId;

    public IEnumerable<Guid> Folders => positions.Keys;

    internal int Watchers { get; set; }

    /// <summary>The highest mod-sequence that this process knows the folder to have; 0 when it knows nothing.</summary>
    public long Position(Guid folderId) => positions.GetValueOrDefault(folderId);

    public void Raise(Guid folderId, long modSeq)
    {
        var before = Position(folderId);
        if (positions.AddOrUpdate(folderId, modSeq, (_, known) => Math.Max(known, modSeq)) > before)
            Interlocked.Exchange(ref raised, NewSignal()).TrySetResult();
    }

    public Task WaitAsync(Guid folderId, long modSeq, CancellationToken cancellationToken)
    {
        // The signal is taken before the look, so that a change between the two completes it.
        var signal = Volatile.Read(ref raised).Task;
        return Position(folderId) > modSeq ? Task.CompletedTask : signal.WaitAsync(cancellationToken);
    }

    public void Dispose() => watches.Leave(this);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
