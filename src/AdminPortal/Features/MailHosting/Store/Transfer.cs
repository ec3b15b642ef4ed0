using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>Copies or moves messages between folders of one mailbox, and those that its tenant shares; the contents are shared, not copied.</summary>
internal static class Transfer
{
    private const string LockBoth = """
        SELECT owner_id = $2 AND name = $4, public_right = 0
        FROM mail_folder WHERE tenant_id = $1 AND (id = $3 OR owner_id = $2 AND name = $4) ORDER BY id FOR UPDATE
        """;

    // A copy needs room, a move within the mailbox does not: what it brings it takes away. What the tenant shares counts towards nobody's quota.
    private static string Copy(string named, bool needsRoom) => $"""
        WITH source AS (
            SELECT m.*, row_number() OVER (ORDER BY m.uid) - 1 AS place
            FROM mail_message m WHERE m.tenant_id = $1 AND m.folder_id = $3 {named}),
        total AS (SELECT count(*) AS messages, coalesce(sum(size), 0)::bigint AS octets FROM source),
        target AS (
            UPDATE mail_folder f SET uid_next = f.uid_next + t.messages, highest_mod_seq = f.highest_mod_seq + least(t.messages, 1)
            FROM total t
            WHERE f.tenant_id = $1 AND f.owner_id = $2 AND f.name = $4 AND f.public_right IS DISTINCT FROM 0
              {(needsRoom ? $"AND {Quota.Held} + t.octets <= coalesce({Quota.Own}, $5)" : "")}
            RETURNING f.id, f.uid_validity, f.uid_next - t.messages AS first_uid, f.highest_mod_seq),
        arrived AS (
            INSERT INTO mail_message (tenant_id, folder_id, uid, content_id, flags, keywords, internal_date, size, mod_seq)
            SELECT $1, t.id, t.first_uid + s.place, s.content_id, s.flags, s.keywords, s.internal_date, s.size, t.highest_mod_seq
            FROM source s, target t)
        SELECT t.id, t.uid_validity, t.highest_mod_seq, s.uid, t.first_uid + s.place
        FROM target t LEFT JOIN source s ON true ORDER BY s.uid
        """;

    // A move into the same folder gives new UIDs: only what lay there before goes, and only if there was a destination to take it.
    private static string RemoveMoved(string named) => $"""
        WITH gone AS (
            DELETE FROM mail_message m
            WHERE m.tenant_id = $1 AND m.folder_id = $3 {named}
              AND EXISTS (SELECT FROM mail_folder f WHERE f.tenant_id = $1 AND f.owner_id = $2 AND f.name = $4 AND f.public_right IS DISTINCT FROM 0)
            RETURNING m.uid),
        raised AS (
            UPDATE mail_folder SET highest_mod_seq = highest_mod_seq + 1, remembered = remembered + (SELECT count(*) FROM gone)::integer
            WHERE tenant_id = $1 AND id = $3 AND EXISTS (SELECT FROM gone)
            RETURNING highest_mod_seq, remembered),
        remembered AS (
            INSERT INTO mail_expunged (tenant_id, folder_id, uid, mod_seq) SELECT $1, $3, g.uid, r.highest_mod_seq FROM gone g, raised r)
        SELECT highest_mod_seq, remembered FROM raised
        """;

    /// <summary>Outside a transaction all of it is one of its own, move included. Whatever is moved must be the mailbox's own.</summary>
    /// <returns>The outcome, and the folders that changed with their mod-sequences.</returns>
    public static async Task<(CopyOutcome Outcome, IReadOnlyList<(Guid FolderId, long ModSeq)> Raised)> RunAsync(
        NpgsqlConnection connection, MailboxRows rows, Guid folderId, IReadOnlyList<uint>? uids, string destination, bool move,
        CancellationToken cancellationToken)
    {
        // Written out only where messages are named: then they are found by their UIDs.
        var named = uids is null ? "" : "AND m.uid = ANY ($6)";
        var owner = rows.OwnerOf(destination);
        object[] values = [rows.TenantId, owner, folderId, destination, rows.Quota, .. uids is null ? Array.Empty<object>() : [Sql.Longs(uids)]];
        await using var batch = Sql.Batch(
            connection,
            [
                Sql.Command(LockBoth, rows.TenantId, owner, folderId, destination),
                Sql.Command(Copy(named, needsRoom: !move && owner == rows.MailboxId), values),
                .. move ? new[] { Sql.Command(RemoveMoved(named), values) } : [],
            ]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        CopyOutcome refused = new CopyOutcome.DestinationNotFound();
        while (await reader.ReadAsync(cancellationToken))
            if (reader.GetBoolean(0))
                refused = !reader.IsDBNull(1) && reader.GetBoolean(1) ? new CopyOutcome.NotPermitted() : new CopyOutcome.OverQuota();
        await reader.NextResultAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return (refused, []);

        var (targetId, uidValidity, modSeq) = (reader.GetGuid(0), reader.GetUInt32(1), reader.GetInt64(2));
        var (sources, copies) = (new List<uint>(), new List<uint>());
        for (var more = !reader.IsDBNull(3); more; more = await reader.ReadAsync(cancellationToken))
        {
            sources.Add(reader.GetUInt32(3));
            copies.Add(reader.GetUInt32(4));
        }
        var raised = new List<(Guid, long)>();
        if (copies.Count > 0) raised.Add((targetId, modSeq));
        var remembered = 0;
        if (move && await reader.NextResultAsync(cancellationToken) && await reader.ReadAsync(cancellationToken))
        {
            raised.Add((folderId, reader.GetInt64(0)));
            remembered = reader.GetInt32(1);
        }
        await reader.NextResultAsync(cancellationToken);
        await reader.DisposeAsync();
        await Forgetting.RunAsync(connection, rows.TenantId, folderId, remembered, cancellationToken);
        return (new CopyOutcome.Copied(uidValidity, sources, copies), raised);
    }
}
