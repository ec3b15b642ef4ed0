namespace AdminPortal.MailServer;

/// <summary>
/// A folder that a session has opened. The library keeps the snapshot, brings it up to date with <see cref="GetChangesAsync"/> and
/// translates sequence numbers itself; the backend is asked in UIDs and in sets, so that each call can be one SQL statement.
/// </summary>
/// <remarks>
/// <para><b>UIDs</b> rise strictly within a folder and become visible in that order: whoever saw UID n never later meets a smaller new
/// one.</para>
/// <para><b>MODSEQ</b> (RFC 7162): every change in a folder (arrival, flags, expunge) gets a number greater than any before in that
/// folder, and changes become visible in that order. What one call does shares one number; what made no difference gets none. Allocate
/// both under the folder row's lock.</para>
/// <para><b>Expunges</b> are remembered with their MODSEQ, a bounded number of them for each folder. Whoever asks for what vanished since a
/// time before what is remembered is told of every UID that is not there now: more than it needs, never less (RFC 7162, 3.2.5.1).</para>
/// <para>UIDs handed in are ascending and without duplicates. UIDs that are no longer there are passed over in silence.</para>
/// </remarks>
public interface IOpenFolder : IMessageReader, IAsyncDisposable
{
    /// <summary>
    /// A hint, free of cost: false when the folder is known to have nothing newer than <paramref name="modSeq"/>. It may lag behind other
    /// processes by a second; it never stays false for longer when something changed.
    /// </summary>
    bool MayHaveChangedSince(long modSeq);

    /// <summary>What happened after <paramref name="modSeq"/>, or null when the folder was deleted or its UIDVALIDITY changed.</summary>
    Task<FolderChanges?> GetChangesAsync(long modSeq, CancellationToken cancellationToken);

    /// <summary>What names the contents of these messages, of those that are there. A copy has its original's.</summary>
    Task<IReadOnlyDictionary<uint, ObjectId>> GetContentIdsAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken);

    /// <summary>The UIDs expunged after <paramref name="modSeq"/>, ascending; may name UIDs that never were.</summary>
    Task<IReadOnlyList<UidRange>> GetVanishedAsync(long modSeq, CancellationToken cancellationToken);

    /// <summary>
    /// Completes when something after <paramref name="modSeq"/> may have happened, at once when it already has. May wake for nothing. Costs
    /// no thread and no database connection while it waits; thousands of IDLE clients wait in it.
    /// </summary>
    Task WaitForChangesAsync(long modSeq, CancellationToken cancellationToken);

    /// <summary>
    /// Changes flags of many messages in one step and returns how each named message stands afterwards, changed or not. Where the folder's
    /// right, as it is now, does not go so far, nothing changes.
    /// </summary>
    /// <param name="unchangedSince">
    /// When given, messages whose MODSEQ is greater are left alone and listed in <see cref="StoreFlagsResult.Modified"/> (RFC 7162, 3.1.3).
    /// </param>
    Task<StoreFlagsResult> StoreFlagsAsync(
        IReadOnlyList<uint> uids, FlagChange change, long? unchangedSince, CancellationToken cancellationToken);

    /// <summary>Copies messages with flags, keywords and internal date: all or none, UIDs in the same order.</summary>
    Task<CopyOutcome> CopyAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken);

    /// <summary>As <see cref="CopyAsync"/>, and the originals are expunged in the same transaction (RFC 6851).</summary>
    Task<CopyOutcome> MoveAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken);

    /// <summary>
    /// Removes for good the messages with \Deleted, of <paramref name="uids"/> only when given, and returns their UIDs ascending. The
    /// expunged UIDs are remembered with their MODSEQ, so that other sessions and later resynchronisation learn of them.
    /// </summary>
    Task<IReadOnlyList<uint>> ExpungeAsync(IReadOnlyList<uint>? uids, CancellationToken cancellationToken);
}

/// <summary>Reads message contents of a folder or maildrop.</summary>
public interface IMessageReader
{
    /// <summary>
    /// The contents of many messages in one pass, in the order of <paramref name="uids"/>, without those that are gone. Each stream is
    /// valid until the next step of the enumeration and is disposed by it.
    /// </summary>
    IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken);
}

public enum ContentScope
{
    /// <summary>Up to and including the empty line that ends the header; the whole message when it has no such line.</summary>
    Header,
    Whole,
}

/// <param name="Length">Octets in <paramref name="Content"/>, exactly.</param>
/// <param name="Content">Read forward only.</param>
public sealed record MessageContent(uint Uid, long Length, Stream Content);

/// <summary>A folder at one moment.</summary>
/// <param name="Id">Stays through every renaming, and never comes again.</param>
/// <param name="UidValidity">Not 0. Never changes while the folder exists.</param>
/// <param name="UidNext">Greater than every UID that exists or ever existed.</param>
/// <param name="RecentFrom">
/// Messages with this UID and above are \Recent in this session; <paramref name="UidNext"/> when there are none.
/// </param>
/// <param name="Messages">By UID, ascending.</param>
/// <param name="Right">What may be done in it.</param>
public sealed record FolderSnapshot(
    ObjectId Id, uint UidValidity, uint UidNext, long HighestModSeq, uint RecentFrom, IReadOnlyList<MessageSummary> Messages,
    FolderRight Right = FolderRight.Everything);

/// <summary>What is known of a message without reading it.</summary>
/// <param name="Keywords">Flags without backslash, as first spelled; compared without case.</param>
/// <param name="InternalDate">To the second, in UTC whatever zone it was given in.</param>
/// <param name="Size">Octets of the whole message, equal to what <see cref="ContentScope.Whole"/> yields.</param>
/// <param name="SavedAt">When it came into this folder, to the second in UTC; null when that was not kept (RFC 8514).</param>
public readonly record struct MessageSummary(
    uint Uid, MessageFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset InternalDate, long Size, long ModSeq, DateTimeOffset? SavedAt = null);

/// <summary>The system flags that are stored. \Recent belongs to a session and is not among them.</summary>
[Flags]
public enum MessageFlags
{
    None = 0,
    Seen = 1,
    Answered = 2,
    Flagged = 4,
    Deleted = 8,
    Draft = 16,
}

public enum FlagChangeMode
{
    Replace,
    Add,
    Remove,
}

public sealed record FlagChange(FlagChangeMode Mode, MessageFlags Flags, IReadOnlyList<string> Keywords)
{
    /// <summary>What becomes of these flags and keywords. Keywords are compared without case and stay as first spelled.</summary>
    public (MessageFlags Flags, string[] Keywords) Apply(MessageFlags flags, IReadOnlyList<string> keywords) => Mode switch
    {
        FlagChangeMode.Replace => (Flags, [.. Keywords]),
        FlagChangeMode.Add => (flags | Flags, [.. keywords.Union(Keywords, StringComparer.OrdinalIgnoreCase)]),
        _ => (flags & ~Flags, [.. keywords.Except(Keywords, StringComparer.OrdinalIgnoreCase)]),
    };
}

/// <param name="Messages">The named messages as they stand now, by UID.</param>
/// <param name="Modified">Left alone because of <c>unchangedSince</c>.</param>
public sealed record StoreFlagsResult(IReadOnlyList<MessageSummary> Messages, IReadOnlyList<uint> Modified);

/// <summary>The difference between two moments of a folder.</summary>
/// <param name="Messages">New messages and those whose flags changed, as they stand now, by UID.</param>
/// <param name="Vanished">As <see cref="IOpenFolder.GetVanishedAsync"/> tells it.</param>
public sealed record FolderChanges(
    uint UidNext, long HighestModSeq, IReadOnlyList<MessageSummary> Messages, IReadOnlyList<UidRange> Vanished);

public abstract record CopyOutcome
{
    private CopyOutcome() { }

    /// <param name="UidValidity">The destination's.</param>
    /// <param name="SourceUids">Those of the named messages that still existed.</param>
    /// <param name="Uids">Their new UIDs, in the same order.</param>
    public sealed record Copied(uint UidValidity, IReadOnlyList<uint> SourceUids, IReadOnlyList<uint> Uids) : CopyOutcome;

    public sealed record DestinationNotFound : CopyOutcome;

    /// <summary>The destination takes nothing, or the folder gives nothing away.</summary>
    public sealed record NotPermitted : CopyOutcome;

    public sealed record OverQuota : CopyOutcome;
}
