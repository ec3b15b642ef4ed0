using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// What folders held when they were last opened. Nothing changes in a folder without a greater mod-sequence, so whoever finds the same one in the
/// folder's row need not read its messages again. Bounded: when one half is full, the other half, which nobody opened lately, is forgotten.
/// </summary>
internal sealed class FolderMemory
{
    private const int MessagesInHalf = 100_000;

    private readonly Lock gate = new();
    private Dictionary<Guid, Known> young = [], old = [];
    private int messages;

    /// <summary>Null where the folder has changed since, or is not known.</summary>
    public IReadOnlyList<MessageSummary>? Find(Guid folderId, long modSeq)
    {
        lock (gate)
        {
            if (!young.TryGetValue(folderId, out var known) && old.Remove(folderId, out known)) Put(folderId, known);
            return known?.ModSeq == modSeq ? known.Messages : null;
        }
    }

    public void Keep(Guid folderId, long modSeq, IReadOnlyList<MessageSummary> found)
    {
        // One alone would push out everything else.
        if (found.Count > MessagesInHalf / 2) return;
        lock (gate)
        {
            old.Remove(folderId);
            Put(folderId, new(modSeq, found));
        }
    }

    private void Put(Guid folderId, Known known)
    {
        if (young.TryGetValue(folderId, out var before)) messages -= before.Messages.Count;
        young[folderId] = known;
        messages += known.Messages.Count + 1;
        if (messages > MessagesInHalf) (old, young, messages) = (young, [], 0);
    }

    private sealed record Known(long ModSeq, IReadOnlyList<MessageSummary> Messages);
}
