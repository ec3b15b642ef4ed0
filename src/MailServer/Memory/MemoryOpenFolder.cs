namespace AdminPortal.MailServer.Memory;

/// <summary>A folder that a memory session has opened.</summary>
internal sealed class MemoryOpenFolder(MemoryMailbox mailbox, MemoryFolder folder, bool readOnly) : IOpenFolder
{
    public bool MayHaveChangedSince(long modSeq)
    {
        lock (mailbox.Lock)
            return folder.HighestModSeq > modSeq;
    }

    public Task<FolderChanges?> GetChangesAsync(long modSeq, CancellationToken cancellationToken) => Locked(() =>
    {
        if (folder.Deleted)
            return null;
        if (!readOnly)
            folder.ClaimRecent();
        return folder.Since(modSeq);
    });

    public Task<IReadOnlyList<UidRange>> GetVanishedAsync(long modSeq, CancellationToken cancellationToken) =>
        Locked(() => folder.VanishedSince(modSeq));

    public Task<IReadOnlyDictionary<uint, ObjectId>> GetContentIdsAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken) =>
        Locked<IReadOnlyDictionary<uint, ObjectId>>(() => Named(uids).ToDictionary(m => m.Uid, m => m.Id));

    public Task WaitForChangesAsync(long modSeq, CancellationToken cancellationToken)
    {
        lock (mailbox.Lock)
            return folder.ChangedAfter(modSeq).WaitAsync(cancellationToken);
    }

    public Task<StoreFlagsResult> StoreFlagsAsync(
        IReadOnlyList<uint> uids, FlagChange change, long? unchangedSince, CancellationToken cancellationToken) => Locked(() =>
    {
        var named = Named(uids);
        var modified = named.Where(m => m.ModSeq > (unchangedSince ?? long.MaxValue)).ToList();
        if (folder.Right != FolderRight.Read)
            folder.Change(named.Except(modified), change);
        return new StoreFlagsResult([.. named.Select(m => m.Summary)], [.. modified.Select(m => m.Uid)]);
    });

    public Task<CopyOutcome> CopyAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken) =>
        Locked(() => Copy(Named(uids), destination, moved: false));

    public Task<CopyOutcome> MoveAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken) => Locked(() =>
    {
        var outcome = Copy(Named(uids), destination, moved: true);
        if (outcome is CopyOutcome.Copied copied)
            folder.Remove(copied.SourceUids.ToHashSet());
        return outcome;
    });

    public Task<IReadOnlyList<uint>> ExpungeAsync(IReadOnlyList<uint>? uids, CancellationToken cancellationToken) =>
        Locked<IReadOnlyList<uint>>(() =>
        {
            var candidates = folder.Right != FolderRight.Everything ? [] : uids is null ? folder.Messages : Named(uids);
            uint[] expunged = [.. candidates.Where(m => m.Flags.HasFlag(MessageFlags.Deleted)).Select(m => m.Uid)];
            folder.Remove(expunged.ToHashSet());
            return expunged;
        });

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken) =>
        MemoryContents.ReadAsync(mailbox, folder, uids, scope, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Locked<T>(Func<T> work)
    {
        mailbox.Backend.ThrowIfDown();
        lock (mailbox.Lock)
            return Task.FromResult(work());
    }

    private List<MemoryMessage> Named(IReadOnlyList<uint> uids)
    {
        var wanted = uids.ToHashSet();
        return folder.Messages.FindAll(m => wanted.Contains(m.Uid));
    }

    private CopyOutcome Copy(List<MemoryMessage> messages, string destination, bool moved)
    {
        if (mailbox.Find(destination) is not { } target)
            return new CopyOutcome.DestinationNotFound();
        if (target.Right == FolderRight.Read || (moved && folder.Right != FolderRight.Everything))
            return new CopyOutcome.NotPermitted();
        var charged = !SharedFolders.Hold(destination) && (!moved || !mailbox.Folders.ContainsValue(folder));
        if (charged && !mailbox.HasRoomFor(messages.Sum(m => (long)m.Content.Length)))
            return new CopyOutcome.OverQuota();
        return new CopyOutcome.Copied(target.UidValidity,
            [.. messages.Select(m => m.Uid)],
            target.Add([.. messages.Select(m => m.Copy)]));
    }
}
