using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>Creates, deletes and renames folders. The mailbox's <c>mail_store</c> row is locked first, so one change of the tree follows another.</summary>
internal sealed class FolderTree(MailboxRows rows, FolderBell bell, int mostFolders)
{
    private const string Inbox = "INBOX";

    // "/" is followed by "0": in the collation "C" everything below a folder lies between the two.
    private const string Below = "name > $3 || '/' AND name < $3 || '0'";

    public Task<CreateFolderOutcome> CreateAsync(string name, CancellationToken cancellationToken) => rows.RunInTransactionAsync(
        async connection =>
        {
            var existing = await LockTreeAsync(connection, cancellationToken);
            if (existing.ContainsKey(name)) return (CreateFolderOutcome.AlreadyExists, false);
            var missing = WithParents(name).Where(n => !existing.ContainsKey(n)).ToList();
            if (existing.Count + missing.Count > mostFolders) return (CreateFolderOutcome.TooMany, false);
            await InsertAsync(connection, missing, cancellationToken);
            return (CreateFolderOutcome.Created, true);
        },
        cancellationToken);

    public async Task<DeleteFolderOutcome> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Guid deleted = default;
        var outcome = await rows.RunInTransactionAsync(
            async connection =>
            {
                var existing = await LockTreeAsync(connection, cancellationToken);
                if (!existing.TryGetValue(name, out deleted)) return (DeleteFolderOutcome.NotFound, false);
                if (existing.Keys.Any(n => n.StartsWith(name + "/", StringComparison.Ordinal))) return (DeleteFolderOutcome.HasChildren, false);
                await using var delete = Sql.Command(connection, "DELETE FROM mail_folder WHERE tenant_id = $1 AND id = $2", rows.TenantId, deleted);
                await delete.ExecuteNonQueryAsync(cancellationToken);
                return (DeleteFolderOutcome.Deleted, true);
            },
            cancellationToken);
        if (outcome == DeleteFolderOutcome.Deleted) bell.Ring(rows.MailboxId, deleted, FolderBell.Gone);
        return outcome;
    }

    public async Task<RenameFolderOutcome> RenameAsync(string from, string to, CancellationToken cancellationToken)
    {
        IReadOnlyList<(Guid FolderId, long ModSeq)> raised = [];
        var outcome = await rows.RunInTransactionAsync(
            async connection =>
            {
                var existing = await LockTreeAsync(connection, cancellationToken);
                if (!existing.TryGetValue(from, out var folderId)) return (RenameFolderOutcome.NotFound, false);
                if (existing.ContainsKey(to)) return (RenameFolderOutcome.AlreadyExists, false);
                if (from == Inbox)
                    raised = await EmptyInboxIntoAsync(connection, folderId, to, existing.Keys, cancellationToken);
                else
                    await MoveTreeAsync(connection, from, to, existing.Keys, cancellationToken);
                return (RenameFolderOutcome.Renamed, true);
            },
            cancellationToken);
        foreach (var (folderId, modSeq) in raised) bell.Ring(rows.MailboxId, folderId, modSeq);
        return outcome;
    }

    private async Task<Dictionary<string, Guid>> LockTreeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = Sql.Batch(
            connection,
            Sql.Command("SELECT FROM mail_store WHERE tenant_id = $1 AND mailbox_id = $2 FOR UPDATE", rows.TenantId, rows.MailboxId),
            Sql.Command("SELECT name, id FROM mail_folder WHERE tenant_id = $1 AND mailbox_id = $2", rows.TenantId, rows.MailboxId));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var folders = new Dictionary<string, Guid>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken)) folders[reader.GetString(0)] = reader.GetGuid(1);
        return folders;
    }

    /// <summary>The name and those above it, the topmost first.</summary>
    private static IEnumerable<string> WithParents(string name)
    {
        for (var slash = name.IndexOf('/'); slash > 0; slash = name.IndexOf('/', slash + 1)) yield return name[..slash];
        yield return name;
    }

    private async Task InsertAsync(NpgsqlConnection connection, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        if (names.Count == 0) return;
        await using var insert = Sql.Command(
            connection,
            """
            WITH root AS (
                UPDATE mail_store SET last_uid_validity = greatest(last_uid_validity, extract(epoch FROM now())::bigint) + cardinality($3)
                WHERE tenant_id = $1 AND mailbox_id = $2
                RETURNING last_uid_validity - cardinality($3) AS before)
            INSERT INTO mail_folder (tenant_id, id, mailbox_id, name, uid_validity, uid_next, highest_mod_seq, recent_from)
            SELECT $1, new_uuid(), $2, n.name, r.before + n.position, 1, 1, 1 FROM root r, unnest($3) WITH ORDINALITY AS n (name, position)
            """,
            rows.TenantId, rows.MailboxId, names.ToArray());
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task MoveTreeAsync(
        NpgsqlConnection connection, string from, string to, IReadOnlyCollection<string> existing, CancellationToken cancellationToken)
    {
        await using (var rename = Sql.Command(
            connection,
            $"""
            UPDATE mail_folder SET name = $4 || substr(name, length($3) + 1)
            WHERE tenant_id = $1 AND mailbox_id = $2 AND (name = $3 OR {Below})
            """,
            rows.TenantId, rows.MailboxId, from, to))
            await rename.ExecuteNonQueryAsync(cancellationToken);

        var renamed = existing.Select(Renamed).ToHashSet(StringComparer.Ordinal);
        await InsertAsync(connection, [.. WithParents(to).Where(n => !renamed.Contains(n))], cancellationToken);

        string Renamed(string name) =>
            name == from || name.StartsWith(from + "/", StringComparison.Ordinal) ? to + name[from.Length..] : name;
    }

    /// <summary>RFC 9051, 6.3.6: INBOX stays, its messages go.</summary>
    private async Task<IReadOnlyList<(Guid FolderId, long ModSeq)>> EmptyInboxIntoAsync(
        NpgsqlConnection connection, Guid inbox, string to, IReadOnlyCollection<string> existing, CancellationToken cancellationToken)
    {
        await InsertAsync(connection, [.. WithParents(to).Where(n => !existing.Contains(n))], cancellationToken);
        var (_, raised) = await Transfer.RunAsync(connection, rows, inbox, null, to, move: true, cancellationToken);
        return raised;
    }
}
