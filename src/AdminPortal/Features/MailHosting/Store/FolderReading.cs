using System.Data;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>Reads a folder at one moment, and what happened since another.</summary>
internal static class FolderReading
{
    internal const string SummaryColumns = "uid, flags, keywords, internal_date, size, mod_seq, saved_at";

    private const string Expunged = "SELECT uid FROM mail_expunged WHERE tenant_id = $1 AND folder_id = $2 AND mod_seq > $3 ORDER BY uid";

    private const string Folder = "f.id, f.uid_validity, f.uid_next, f.highest_mod_seq, f.recent_from, f.public_right";

    private const int FolderColumns = 6;

    // One statement sees one moment.
    private const string Everything = $"""
        SELECT {Folder}, m.uid, m.flags, m.keywords, m.internal_date, m.size, m.mod_seq, m.saved_at
        FROM mail_folder f LEFT JOIN mail_message m ON m.tenant_id = f.tenant_id AND m.folder_id = f.id
        WHERE f.tenant_id = $1 AND f.owner_id = $2 AND f.name = $3
        ORDER BY m.uid
        """;

    /// <summary>The folder and all its messages at one moment; null when there is no such folder. Messages are read only if they changed.</summary>
    public static async Task<(Guid FolderId, FolderSnapshot Snapshot)?> SnapshotAsync(
        MailboxRows rows, FolderMemory memory, string name, bool claimRecent, CancellationToken cancellationToken)
    {
        var named = await rows.AskAsync(
            Sql.Command($"SELECT {Folder} FROM mail_folder f WHERE f.tenant_id = $1 AND f.owner_id = $2 AND f.name = $3", rows.TenantId, rows.OwnerOf(name), name),
            async (reader, cancel) => await reader.ReadAsync(cancel) ? Snapshot(reader, []) : null, cancellationToken);
        if (named is null) return null;
        var found = memory.Find(named.Id.Value, named.HighestModSeq) is { } known
            ? named with { Messages = known }
            : await rows.AskAsync(Sql.Command(Everything, rows.TenantId, rows.OwnerOf(name), name), ReadAllAsync, cancellationToken);
        if (found is null) return null;
        memory.Keep(found.Id.Value, found.HighestModSeq, found.Messages);
        if (claimRecent && found.RecentFrom < found.UidNext)
            await rows.RunAsync(
                async connection =>
                {
                    await ClaimRecentAsync(connection, rows.TenantId, found.Id.Value, found.UidNext, cancellationToken);
                    return true;
                },
                cancellationToken);
        return (found.Id.Value, found);
    }

    private static FolderSnapshot Snapshot(NpgsqlDataReader reader, IReadOnlyList<MessageSummary> messages) => new(
        ObjectId.OfFolder(reader.GetGuid(0)), reader.GetUInt32(1), reader.GetUInt32(2), reader.GetInt64(3), reader.GetUInt32(4), messages,
        reader.IsDBNull(5) ? FolderRight.Everything : (FolderRight)reader.GetInt16(5));

    private static async Task<FolderSnapshot?> ReadAllAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken)) return null;
        var messages = new List<MessageSummary>();
        var found = Snapshot(reader, messages);
        for (var more = !reader.IsDBNull(FolderColumns); more; more = await reader.ReadAsync(cancellationToken)) messages.Add(Summary(reader, FolderColumns));
        return found;
    }

    /// <summary>What happened after that mod-sequence, from one snapshot; null when the folder is gone.</summary>
    public static Task<FolderChanges?> ChangesAsync(
        MailboxRows rows, Guid folderId, long modSeq, bool claimRecent, CancellationToken cancellationToken)
    {
        return rows.RunAsync(
            async connection =>
            {
                if (await ReadAsync(connection) is not var (changes, recentFrom)) return null;
                if (claimRecent && recentFrom < changes.UidNext)
                    await ClaimRecentAsync(connection, rows.TenantId, folderId, changes.UidNext, cancellationToken);
                return changes;
            },
            cancellationToken);

        async Task<(FolderChanges, uint RecentFrom)?> ReadAsync(NpgsqlConnection connection)
        {
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
            await using var batch = Sql.Batch(
                connection,
                Sql.Command("SELECT uid_next, highest_mod_seq, recent_from, remembered_from FROM mail_folder WHERE tenant_id = $1 AND id = $2", rows.TenantId, folderId),
                Sql.Command(
                    $"SELECT {SummaryColumns} FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND mod_seq > $3 ORDER BY uid",
                    rows.TenantId, folderId, modSeq),
                Sql.Command(Expunged, rows.TenantId, folderId, modSeq));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken)) return null;
            var (uidNext, highestModSeq, recentFrom) = (reader.GetUInt32(0), reader.GetInt64(1), reader.GetUInt32(2));
            var forgotten = modSeq < reader.GetInt64(3);
            await reader.NextResultAsync(cancellationToken);
            var messages = await ReadSummariesAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            var vanished = UidRange.Of(await ReadUidsAsync(reader, cancellationToken));
            await reader.DisposeAsync();
            if (forgotten) vanished = await AbsentAsync(connection, rows.TenantId, folderId, uidNext, cancellationToken);
            return (new(uidNext, highestModSeq, messages, vanished), recentFrom);
        }
    }

    /// <summary>The UIDs expunged after that mod-sequence; all that are not there, when it lies before what is remembered.</summary>
    public static Task<IReadOnlyList<UidRange>> VanishedAsync(MailboxRows rows, Guid folderId, long modSeq, CancellationToken cancellationToken) =>
        rows.RunAsync<IReadOnlyList<UidRange>>(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
                await using var batch = Sql.Batch(
                    connection,
                    Sql.Command("SELECT uid_next, remembered_from FROM mail_folder WHERE tenant_id = $1 AND id = $2", rows.TenantId, folderId),
                    Sql.Command(Expunged, rows.TenantId, folderId, modSeq));
                await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
                if (!await reader.ReadAsync(cancellationToken)) return [];
                var (uidNext, forgotten) = (reader.GetUInt32(0), modSeq < reader.GetInt64(1));
                await reader.NextResultAsync(cancellationToken);
                var expunged = await ReadUidsAsync(reader, cancellationToken);
                await reader.DisposeAsync();
                return forgotten ? await AbsentAsync(connection, rows.TenantId, folderId, uidNext, cancellationToken) : UidRange.Of(expunged);
            },
            cancellationToken);

    public static async Task<List<MessageSummary>> ReadSummariesAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var messages = new List<MessageSummary>();
        while (await reader.ReadAsync(cancellationToken))
            messages.Add(Summary(reader, 0));
        return messages;
    }

    private static MessageSummary Summary(NpgsqlDataReader reader, int first) => new(
        reader.GetUInt32(first), (MessageFlags)reader.GetInt32(first + 1), reader.GetFieldValue<string[]>(first + 2),
        reader.GetFieldValue<DateTimeOffset>(first + 3), reader.GetInt32(first + 4), reader.GetInt64(first + 5),
        reader.IsDBNull(first + 6) ? null : reader.GetFieldValue<DateTimeOffset>(first + 6));

    public static async Task<List<uint>> ReadUidsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var uids = new List<uint>();
        while (await reader.ReadAsync(cancellationToken)) uids.Add(reader.GetUInt32(0));
        return uids;
    }

    public static Task<IReadOnlyDictionary<uint, ObjectId>> ContentIdsAsync(
        MailboxRows rows, Guid folderId, IReadOnlyList<uint> uids, CancellationToken cancellationToken) =>
        rows.RunAsync<IReadOnlyDictionary<uint, ObjectId>>(
            async connection =>
            {
                await using var command = Sql.Command(
                    connection, "SELECT uid, content_id FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND uid = ANY ($3)",
                    rows.TenantId, folderId, Sql.Longs(uids));
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                var ids = new Dictionary<uint, ObjectId>();
                while (await reader.ReadAsync(cancellationToken)) ids[reader.GetUInt32(0)] = ObjectId.OfContent(reader.GetGuid(1));
                return ids;
            },
            cancellationToken);

    private static async Task<IReadOnlyList<UidRange>> AbsentAsync(
        NpgsqlConnection connection, Guid tenantId, Guid folderId, uint uidNext, CancellationToken cancellationToken)
    {
        await using var command = Sql.Command(
            connection, "SELECT uid FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND uid < $3 ORDER BY uid", tenantId, folderId, (long)uidNext);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return UidRange.Between(await ReadUidsAsync(reader, cancellationToken), uidNext);
    }

    // After the snapshot, in a statement of its own: it locks the folder for a moment, which a repeatable read must not wait for.
    private static async Task ClaimRecentAsync(NpgsqlConnection connection, Guid tenantId, Guid folderId, uint uidNext, CancellationToken cancellationToken)
    {
        await using var claim = Sql.Command(
            connection, "UPDATE mail_folder SET recent_from = $3 WHERE tenant_id = $1 AND id = $2 AND recent_from < $3", tenantId, folderId, (long)uidNext);
        await claim.ExecuteNonQueryAsync(cancellationToken);
    }
}
