using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// A folder that a session has opened. Each change is one batch, which PostgreSQL runs as one transaction: lock the folder's row, change the
/// messages, raise the folder's mod-sequence once if anything changed.
/// </summary>
internal sealed class PortalOpenFolder : IOpenFolder
{
    private const string LockFolder = "SELECT public_right FROM mail_folder WHERE tenant_id = $1 AND id = $2 FOR UPDATE";

    private readonly MailboxRows rows;
    private readonly FolderWatch watch;
    private readonly FolderBell bell;
    private readonly Guid ownerId;
    private readonly Guid folderId;
    private readonly bool readOnly;
    private readonly ReadAhead ahead;
    private int closed;

    public PortalOpenFolder(MailboxRows rows, FolderWatch watch, FolderBell bell, Guid ownerId, Guid folderId, FolderSnapshot snapshot, bool readOnly)
    {
        (this.rows, this.watch, this.bell, this.ownerId, this.folderId, this.readOnly) = (rows, watch, bell, ownerId, folderId, readOnly);
        ahead = new(rows, folderId);
        watch.Raise(folderId, snapshot.HighestModSeq);
    }

    public bool MayHaveChangedSince(long modSeq) => watch.Position(folderId) > modSeq;

    public Task<FolderChanges?> GetChangesAsync(long modSeq, CancellationToken cancellationToken) =>
        FolderReading.ChangesAsync(rows, folderId, modSeq, claimRecent: !readOnly, cancellationToken);

    public Task<IReadOnlyList<UidRange>> GetVanishedAsync(long modSeq, CancellationToken cancellationToken) =>
        FolderReading.VanishedAsync(rows, folderId, modSeq, cancellationToken);

    public Task<IReadOnlyDictionary<uint, ObjectId>> GetContentIdsAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken) =>
        FolderReading.ContentIdsAsync(rows, folderId, uids, cancellationToken);

    public Task WaitForChangesAsync(long modSeq, CancellationToken cancellationToken)
    {
        // Whoever waits reads nothing.
        ahead.Forget();
        return watch.WaitAsync(folderId, modSeq, cancellationToken);
    }

    public async Task<StoreFlagsResult> StoreFlagsAsync(
        IReadOnlyList<uint> uids, FlagChange change, long? unchangedSince, CancellationToken cancellationToken)
    {
        var (result, modSeq) = await rows.RunAsync(
            connection => FlagStatements.RunAsync(connection, rows.TenantId, folderId, uids, change, unchangedSince, cancellationToken), cancellationToken);
        if (modSeq is { } raised) bell.Ring(ownerId, folderId, raised);
        return result;
    }

    public Task<CopyOutcome> CopyAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken) =>
        TransferAsync(uids, destination, move: false, cancellationToken);

    public Task<CopyOutcome> MoveAsync(IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken) =>
        TransferAsync(uids, destination, move: true, cancellationToken);

    public async Task<IReadOnlyList<uint>> ExpungeAsync(IReadOnlyList<uint>? uids, CancellationToken cancellationToken)
    {
        var (expunged, modSeq) = await rows.RunAsync(
            connection => Removal.RunAsync(connection, rows.TenantId, folderId, uids, onlyDeleted: true, cancellationToken), cancellationToken);
        if (expunged.Count > 0) bell.Ring(ownerId, folderId, modSeq);
        return expunged;
    }

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken) =>
        ahead.ReadAsync(uids, scope, cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref closed, 1) == 0) watch.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<CopyOutcome> TransferAsync(IReadOnlyList<uint> uids, string destination, bool move, CancellationToken cancellationToken)
    {
        var (outcome, raised) = move && ownerId != rows.MailboxId
            ? await MoveSharedAsync(uids, destination, cancellationToken)
            : await rows.RunAsync(connection => Transfer.RunAsync(connection, rows, folderId, uids, destination, move, cancellationToken), cancellationToken);
        foreach (var (folder, modSeq) in raised) bell.Ring(folder == folderId ? ownerId : rows.OwnerOf(destination), folder, modSeq);
        return outcome;
    }

    /// <summary>What is taken out of a folder that all share: it needs the right, and room where it goes.</summary>
    private Task<(CopyOutcome, IReadOnlyList<(Guid Folder, long ModSeq)>)> MoveSharedAsync(
        IReadOnlyList<uint> uids, string destination, CancellationToken cancellationToken) => rows.RunInTransactionAsync(
        async connection =>
        {
            // This locks both folders in their order; the right is looked at behind it.
            var (outcome, raised) = await Transfer.RunAsync(connection, rows, folderId, uids, destination, move: false, cancellationToken);
            if (outcome is not CopyOutcome.Copied copied) return ((outcome, raised), false);
            await using var look = Sql.Command(connection, LockFolder, rows.TenantId, folderId);
            if (await look.ExecuteScalarAsync(cancellationToken) is not (short)FolderRight.Everything) return ((new CopyOutcome.NotPermitted(), []), false);
            var (_, modSeq) = await Removal.RunAsync(connection, rows.TenantId, folderId, copied.SourceUids, onlyDeleted: false, cancellationToken);
            return ((outcome, (IReadOnlyList<(Guid, long)>)[.. raised, (folderId, modSeq)]), true);
        },
        cancellationToken);

    /// <summary>Changing flags.</summary>
    private static class FlagStatements
    {
        private const string Flags =
            "CASE $6::integer WHEN 0 THEN $4::integer WHEN 1 THEN m.flags | $4::integer ELSE m.flags & ~$4::integer END";

        private const string Keywords = """
            CASE
                WHEN $6::integer = 0 THEN $5::text[]
                WHEN cardinality($5::text[]) = 0 THEN m.keywords
                WHEN $6::integer = 1 THEN m.keywords || ARRAY(SELECT k FROM unnest($5::text[]) AS k
                                                              WHERE lower(k) <> ALL (ARRAY(SELECT lower(o) FROM unnest(m.keywords) AS o)))
                ELSE ARRAY(SELECT o FROM unnest(m.keywords) WITH ORDINALITY AS had (o, place)
                           WHERE lower(o) <> ALL (ARRAY(SELECT lower(k) FROM unnest($5::text[]) AS k)) ORDER BY place)
            END
            """;

        // Written out twice rather than joined with itself: a join of a folder's messages with themselves, planned before the table's
        // statistics know how many they are, takes minutes for a few ten thousand.
        private const string Change = $"""
            UPDATE mail_message AS m SET flags = {Flags}, keywords = {Keywords}, mod_seq = f.highest_mod_seq + 1
            FROM mail_folder f
            WHERE f.tenant_id = $1 AND f.id = $2 AND f.public_right IS DISTINCT FROM 0
              AND m.tenant_id = $1 AND m.folder_id = $2 AND m.uid = ANY ($3) AND m.mod_seq <= $7
              AND (m.flags, m.keywords) IS DISTINCT FROM ({Flags}, {Keywords})
            """;

        private const string Raise = """
            UPDATE mail_folder AS f SET highest_mod_seq = f.highest_mod_seq + 1
            WHERE f.tenant_id = $1 AND f.id = $2
              AND EXISTS (SELECT FROM mail_message m WHERE m.tenant_id = $1 AND m.folder_id = $2 AND m.mod_seq > f.highest_mod_seq)
            RETURNING f.highest_mod_seq
            """;

        public static async Task<(StoreFlagsResult Result, long? Raised)> RunAsync(
            NpgsqlConnection connection, Guid tenantId, Guid folderId, IReadOnlyList<uint> uids, FlagChange change, long? unchangedSince,
            CancellationToken cancellationToken)
        {
            var named = Sql.Longs(uids);
            var keywords = change.Keywords.Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
            await using var batch = Sql.Batch(
                connection,
                Sql.Command(LockFolder, tenantId, folderId),
                Sql.Command(
                    "SELECT uid FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND uid = ANY ($3) AND mod_seq > $4 ORDER BY uid",
                    tenantId, folderId, named, unchangedSince ?? long.MaxValue),
                Sql.Command(Change, tenantId, folderId, named, (int)change.Flags, keywords, (int)change.Mode, unchangedSince ?? long.MaxValue),
                Sql.Command(Raise, tenantId, folderId),
                Sql.Command(
                    $"SELECT {FolderReading.SummaryColumns} FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND uid = ANY ($3) ORDER BY uid",
                    tenantId, folderId, named));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            var modified = await FolderReading.ReadUidsAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            var raised = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : (long?)null;
            await reader.NextResultAsync(cancellationToken);
            var messages = await FolderReading.ReadSummariesAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            return (new(messages, modified), raised);
        }
    }
}
