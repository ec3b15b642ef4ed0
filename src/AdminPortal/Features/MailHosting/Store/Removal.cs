using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>Removes messages for good and remembers that they are gone. Their contents are left to <see cref="GarbageSweep"/>.</summary>
internal static class Removal
{
    // Asked once for all of them. Where all share a folder, only the greatest right lets things be removed.
    private static readonly string Permitted =
        $"(SELECT coalesce(public_right, {(int)FolderRight.Everything}) = {(int)FolderRight.Everything} FROM mail_folder WHERE tenant_id = $1 AND id = $2)";

    // The condition is written out for each case, so that each finds its rows by an index: by UID, or by the one of the messages with \Deleted.
    private static string Statement(bool all, bool onlyDeleted) => $"""
        WITH gone AS (
            DELETE FROM mail_message
            WHERE tenant_id = $1 AND folder_id = $2 {(all ? "" : "AND uid = ANY ($3)")} {(onlyDeleted ? $"AND flags & {(int)MessageFlags.Deleted} <> 0 AND {Permitted}" : "")}
            RETURNING uid),
        raised AS (
            UPDATE mail_folder SET highest_mod_seq = highest_mod_seq + 1, remembered = remembered + (SELECT count(*) FROM gone)::integer
            WHERE tenant_id = $1 AND id = $2 AND EXISTS (SELECT FROM gone)
            RETURNING highest_mod_seq, remembered),
        remembered AS (
            INSERT INTO mail_expunged (tenant_id, folder_id, uid, mod_seq) SELECT $1, $2, g.uid, r.highest_mod_seq FROM gone g, raised r)
        SELECT g.uid, r.highest_mod_seq, r.remembered FROM gone g, raised r ORDER BY g.uid
        """;

    /// <param name="connection">Within the tenant. Outside a transaction the two statements are one of their own.</param>
    /// <param name="tenantId">Whose.</param>
    /// <param name="folderId">Where.</param>
    /// <param name="uids">Null: all.</param>
    /// <param name="onlyDeleted">Only those with \Deleted.</param>
    /// <param name="cancellationToken">Gives up: then all or none are gone.</param>
    public static async Task<(IReadOnlyList<uint> Uids, long ModSeq)> RunAsync(
        NpgsqlConnection connection, Guid tenantId, Guid folderId, IReadOnlyList<uint>? uids, bool onlyDeleted, CancellationToken cancellationToken)
    {
        object[] named = uids is null ? [tenantId, folderId] : [tenantId, folderId, Sql.Longs(uids)];
        await using var batch = Sql.Batch(
            connection,
            Sql.Command("SELECT FROM mail_folder WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenantId, folderId),
            Sql.Command(Statement(uids is null, onlyDeleted), named));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var (removed, modSeq, remembered) = (new List<uint>(), 0L, 0);
        while (await reader.ReadAsync(cancellationToken))
        {
            removed.Add(reader.GetUInt32(0));
            (modSeq, remembered) = (reader.GetInt64(1), reader.GetInt32(2));
        }
        await reader.NextResultAsync(cancellationToken);
        await reader.DisposeAsync();
        await Forgetting.RunAsync(connection, tenantId, folderId, remembered, cancellationToken);
        return (removed, modSeq);
    }
}
