using System.Collections.Concurrent;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// How far the folders of the mailboxes that are open in this process have come, and who waits to hear of it. Whoever commits a change
/// raises the folder here (see <see cref="FolderBell"/>); waiting costs a task and nothing else.
/// </summary>
internal sealed class FolderWatches
{
    private readonly Lock gate = new();

    /// <summary>What they held when they were last opened here.</summary>
    public FolderMemory Memory { get; } = new();

    private readonly Dictionary<Guid, MailboxWatch> byMailbox = [];

    /// <summary>Begins to hear of a mailbox's folders. Enter before reading a folder: then nothing falls between.</summary>
    public MailboxWatch Enter(Guid tenantId, Guid mailboxId)
    {
        lock (gate)
        {
            if (!byMailbox.TryGetValue(mailboxId, out var watch))
                byMailbox[mailboxId] = watch = new(this, tenantId, mailboxId);
            watch.Watchers++;
            return watch;
        }
    }

    public void Raise(Guid mailboxId, Guid folderId, long modSeq)
    {
        MailboxWatch? watch;
        lock (gate) watch = byMailbox.GetValueOrDefault(mailboxId);
        watch?.Raise(folderId, modSeq);
    }

    /// <summary>Every folder that somebody may be waiting for.</summary>
    public IReadOnlyList<(MailboxWatch Watch, Guid FolderId)> All()
    {
        lock (gate) return [.. byMailbox.Values.SelectMany(watch => watch.Folders.Select(folder => (watch, folder)))];
    }

    internal void Leave(MailboxWatch watch)
    {
        lock (gate)
            if (--watch.Watchers == 0)
                byMailbox.Remove(watch.MailboxId);
    }
}

/// <summary>One mailbox's folders; shared by its sessions in this process. Disposing leaves once.</summary>
internal sealed class MailboxWatch(FolderWatches watches, Guid tenantId, Guid mailboxId) : IDisposable
{
    private readonly ConcurrentDictionary<Guid, long> positions = new();
    private TaskCompletionSource raised = NewSignal();

    public Guid TenantId => tenantId;

    public Guid MailboxId => mailboxId;

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
