namespace AdminPortal.MailServer;

/// <summary>
/// The folders of one mailbox. Names are Unicode (NFC), levels separated by <c>/</c>, compared ordinally; the library has decoded, checked
/// and bounded them (see <c>FolderName</c>), and always spells INBOX so.
/// </summary>
/// <remarks>
/// Every mailbox has INBOX, and from the start Sent, Drafts, Junk, Trash and Archive with their <see cref="SpecialUse"/>. INBOX cannot be
/// deleted: the library refuses that itself.
/// </remarks>
public interface IMailStore
{
    /// <summary>
    /// Every folder, and every subscribed name that has no folder (<see cref="MailFolder.Exists"/> false), in no particular order. One call
    /// answers LIST and LSUB whatever the pattern; matching is the library's work.
    /// </summary>
    Task<IReadOnlyList<MailFolder>> ListFoldersAsync(CancellationToken cancellationToken);

    /// <summary>The numbers of the named folders; folders that do not exist are left out. One round trip however many names.</summary>
    Task<IReadOnlyList<FolderStatus>> GetStatusAsync(IReadOnlyList<string> names, CancellationToken cancellationToken);

    /// <summary>
    /// Creates the folder and those above it that are missing; never in <see cref="SharedFolders"/>. A folder created again under an old name gets a UIDVALIDITY never used there
    /// before (RFC 9051, 2.3.1.1).
    /// </summary>
    Task<CreateFolderOutcome> CreateFolderAsync(string name, CancellationToken cancellationToken);

    /// <summary>Deletes the folder with its messages. Subscriptions stay (RFC 9051, 6.3.7).</summary>
    Task<DeleteFolderOutcome> DeleteFolderAsync(string name, CancellationToken cancellationToken);

    /// <summary>
    /// Renames the folder and all below it, creating what is missing above the new name. Renaming INBOX moves its messages to the new
    /// folder and leaves INBOX empty (RFC 9051, 6.3.6).
    /// </summary>
    Task<RenameFolderOutcome> RenameFolderAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>
    /// Adds or removes a name from the subscriptions; the folder need not exist. Doing it twice is no error. False: the mailbox has as many
    /// as it may have.
    /// </summary>
    Task<bool> SetSubscribedAsync(string name, bool subscribed, CancellationToken cancellationToken);

    /// <summary>What the mailbox holds and may hold, all folders together.</summary>
    Task<MailQuota> GetQuotaAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Opens a folder: one consistent snapshot, and a handle for what follows. With <paramref name="readOnly"/> false the snapshot's
    /// recent messages are claimed: no later snapshot counts them as recent.
    /// </summary>
    Task<OpenFolderOutcome> OpenFolderAsync(string name, bool readOnly, CancellationToken cancellationToken);

    /// <summary>
    /// Stores messages in a folder that need not be open: all or none, with UIDs in the order given. This is the write that must not be
    /// lost: durable before it returns.
    /// </summary>
    Task<AppendOutcome> AppendAsync(string folder, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken);
}

/// <summary>A folder or a subscribed name.</summary>
/// <param name="Exists">False for a subscription whose folder is gone.</param>
/// <param name="IsLevel">There are folders below it, and it is none itself.</param>
public sealed record MailFolder(string Name, SpecialUse Use, bool Exists, bool Subscribed, bool IsLevel = false);

/// <summary>RFC 6154's uses; a folder has at most one here.</summary>
public enum SpecialUse
{
    None,
    Sent,
    Drafts,
    Junk,
    Trash,
    Archive,
}

/// <param name="Unseen">Messages without \Seen.</param>
/// <param name="Recent">Messages that no read-write session was told of yet.</param>
/// <param name="Deleted">Messages with \Deleted.</param>
/// <param name="Size">Octets of all messages together.</param>
/// <param name="DeletedSize">Octets of those with \Deleted.</param>
/// <param name="Id">Stays through every renaming, and never comes again (RFC 8474, 4).</param>
public sealed record FolderStatus(
    string Name, uint UidValidity, uint UidNext, long HighestModSeq, int Messages, int Unseen, int Recent, int Deleted, long Size,
    long DeletedSize, ObjectId Id);

/// <param name="Limit">Null for none.</param>
public sealed record MailQuota(long Octets, long? Limit);

public enum CreateFolderOutcome
{
    Created,
    AlreadyExists,

    /// <summary>The mailbox has as many folders as it may have.</summary>
    TooMany,

    /// <summary>Not in <see cref="SharedFolders"/>.</summary>
    NotPermitted,
}

public enum DeleteFolderOutcome
{
    Deleted,
    NotFound,

    /// <summary>There are folders below it; delete those first.</summary>
    HasChildren,

    /// <summary>Not in <see cref="SharedFolders"/>.</summary>
    NotPermitted,
}

public enum RenameFolderOutcome
{
    Renamed,
    NotFound,
    AlreadyExists,

    /// <summary>Neither from nor into <see cref="SharedFolders"/>.</summary>
    NotPermitted,
}

public abstract record OpenFolderOutcome
{
    private OpenFolderOutcome() { }

    /// <summary>The connection disposes the folder before it opens the next.</summary>
    public sealed record Opened(IOpenFolder Folder, FolderSnapshot Snapshot) : OpenFolderOutcome;

    public sealed record NotFound : OpenFolderOutcome;
}

/// <summary>A message to store.</summary>
/// <param name="InternalDate">Null: the time of storing.</param>
/// <param name="Content">
/// The message with CRLF line ends and without NUL; seekable, at its beginning, of known length. The caller disposes it after the call.
/// </param>
public sealed record NewMessage(MessageFlags Flags, IReadOnlyList<string> Keywords, DateTimeOffset? InternalDate, Stream Content);

public abstract record AppendOutcome
{
    private AppendOutcome() { }

    public sealed record Appended(uint UidValidity, IReadOnlyList<uint> Uids) : AppendOutcome;

    public sealed record FolderNotFound : AppendOutcome;

    public sealed record NotPermitted : AppendOutcome;

    public sealed record OverQuota : AppendOutcome;
}
