using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// The folders of one mailbox in PostgreSQL. Changes to the tree lock the mailbox's <c>mail_store</c> row; changes to a folder's messages lock
/// the folder's row, several of them in the order of their ids, so that nobody waits in a circle.
/// </summary>
internal sealed class PortalMailStore(MailboxRows rows, FolderWatches watches, FolderBell bell, int mostFolders) : IMailStore
{
    private readonly FolderTree tree = new(rows, bell, mostFolders);

    public Task<IReadOnlyList<MailFolder>> ListFoldersAsync(CancellationToken cancellationToken) => rows.RunAsync<IReadOnlyList<MailFolder>>(
        async connection =>
        {
            await using var command = Sql.Command(
                connection,
                """
                SELECT coalesce(f.name, s.name), f.special_use, f.id IS NOT NULL, s.name IS NOT NULL
                FROM (SELECT id, name, special_use FROM mail_folder WHERE tenant_id = $1 AND owner_id IN ($1, $2)) AS f
                FULL JOIN (SELECT name FROM mail_subscription WHERE tenant_id = $1 AND mailbox_id = $2) AS s ON s.name = f.name
                """,
                rows.TenantId, rows.MailboxId);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var folders = new List<MailFolder>();
            while (await reader.ReadAsync(cancellationToken))
            {
                var use = reader.IsDBNull(1) ? SpecialUse.None : Enum.Parse<SpecialUse>(reader.GetString(1));
                folders.Add(new(reader.GetString(0), use, reader.GetBoolean(2), reader.GetBoolean(3)));
            }
            return WithLevel(folders);
        },
        cancellationToken);

    public Task<IReadOnlyList<FolderStatus>> GetStatusAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => rows.RunAsync(
        async connection =>
        {
            await using var command = Sql.Command(
                connection,
                """
                SELECT f.name, f.uid_validity, f.uid_next, f.highest_mod_seq, m.messages, m.unseen, m.recent, m.deleted, m.size, m.deleted_size, f.id
                FROM mail_folder f
                CROSS JOIN LATERAL (
                    SELECT count(*)::integer AS messages,
                           count(*) FILTER (WHERE x.flags & $4 = 0)::integer AS unseen,
                           count(*) FILTER (WHERE x.uid >= f.recent_from)::integer AS recent,
                           count(*) FILTER (WHERE x.flags & $5 <> 0)::integer AS deleted,
                           coalesce(sum(x.size), 0)::bigint AS size,
                           coalesce(sum(x.size) FILTER (WHERE x.flags & $5 <> 0), 0)::bigint AS deleted_size
                    FROM mail_message x WHERE x.tenant_id = f.tenant_id AND x.folder_id = f.id) AS m
                WHERE f.tenant_id = $1 AND f.owner_id IN ($1, $2) AND f.name = ANY ($3)
                """,
                rows.TenantId, rows.MailboxId, names.ToArray(), (int)MessageFlags.Seen, (int)MessageFlags.Deleted);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var statuses = new List<FolderStatus>();
            while (await reader.ReadAsync(cancellationToken))
                statuses.Add(new(
                    reader.GetString(0), reader.GetUInt32(1), reader.GetUInt32(2), reader.GetInt64(3),
                    reader.GetInt32(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7), reader.GetInt64(8), reader.GetInt64(9),
                    ObjectId.OfFolder(reader.GetGuid(10))));
            return (IReadOnlyList<FolderStatus>)statuses;
        },
        cancellationToken);

    public Task<CreateFolderOutcome> CreateFolderAsync(string name, CancellationToken cancellationToken) =>
        SharedFolders.Hold(name) ? Task.FromResult(CreateFolderOutcome.NotPermitted) : tree.CreateAsync(name, cancellationToken);

    public Task<DeleteFolderOutcome> DeleteFolderAsync(string name, CancellationToken cancellationToken) =>
        SharedFolders.Hold(name) ? Task.FromResult(DeleteFolderOutcome.NotPermitted) : tree.DeleteAsync(name, cancellationToken);

    public Task<RenameFolderOutcome> RenameFolderAsync(string from, string to, CancellationToken cancellationToken) =>
        SharedFolders.Hold(from) || SharedFolders.Hold(to)
            ? Task.FromResult(RenameFolderOutcome.NotPermitted)
            : tree.RenameAsync(from, to, cancellationToken);

    // As many as folders, which people subscribe to in the first place; two at the very border may both get in.
    public Task<bool> SetSubscribedAsync(string name, bool subscribed, CancellationToken cancellationToken) => rows.RunAsync(
        async connection =>
        {
            await using var command = subscribed
                ? Sql.Command(
                    connection,
                    """
                    WITH known AS (SELECT name FROM mail_subscription WHERE tenant_id = $1 AND mailbox_id = $2),
                    added AS (
                        INSERT INTO mail_subscription (tenant_id, mailbox_id, name)
                        SELECT $1, $2, $3 WHERE (SELECT count(*) FROM known) < $4
                        ON CONFLICT DO NOTHING
                        RETURNING name)
                    SELECT EXISTS (SELECT FROM added) OR EXISTS (SELECT FROM known k WHERE k.name = $3) OR (SELECT count(*) FROM known) < $4
                    """,
                    rows.TenantId, rows.MailboxId, name, (long)mostFolders)
                : Sql.Command(
                    connection,
                    "WITH gone AS (DELETE FROM mail_subscription WHERE tenant_id = $1 AND mailbox_id = $2 AND name = $3) SELECT true",
                    rows.TenantId, rows.MailboxId, name);
            return await command.ExecuteScalarAsync(cancellationToken) is true;
        },
        cancellationToken);

    public Task<MailQuota> GetQuotaAsync(CancellationToken cancellationToken) =>
        rows.RunAsync(connection => Quota.ReadAsync(rows, connection, cancellationToken), cancellationToken);

    public async Task<OpenFolderOutcome> OpenFolderAsync(string name, bool readOnly, CancellationToken cancellationToken)
    {
        var watch = watches.Enter(rows.TenantId, rows.OwnerOf(name));
        try
        {
            if (await FolderReading.SnapshotAsync(rows, watches.Memory, name, claimRecent: !readOnly, cancellationToken) is var (folderId, snapshot))
                return new OpenFolderOutcome.Opened(new PortalOpenFolder(rows, watch, bell, watch.OwnerId, folderId, snapshot, readOnly), snapshot);
        }
        catch
        {
            watch.Dispose();
            throw;
        }
        watch.Dispose();
        return new OpenFolderOutcome.NotFound();
    }

    public async Task<AppendOutcome> AppendAsync(string folder, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken)
    {
        var stored = await rows.RunInTransactionAsync(
            async connection =>
            {
                var outcome = await MessageWriting.AppendAsync(connection, rows, folder, messages, cancellationToken);
                return (outcome, outcome is { Fits: true });
            },
            cancellationToken);
        if (stored is null) return await WhyNotAsync(folder, cancellationToken);
        if (!stored.Fits) return new AppendOutcome.OverQuota();
        bell.Ring(rows.OwnerOf(folder), stored.FolderId, stored.ModSeq);
        return new AppendOutcome.Appended(stored.UidValidity, stored.Uids);
    }

    private async Task<AppendOutcome> WhyNotAsync(string folder, CancellationToken cancellationToken) =>
        SharedFolders.Hold(folder) && await GetStatusAsync([folder], cancellationToken) is [_]
            ? new AppendOutcome.NotPermitted()
            : new AppendOutcome.FolderNotFound();

    /// <summary>What all share lies below a level that is no folder. A subscription to it is kept.</summary>
    private static List<MailFolder> WithLevel(List<MailFolder> folders)
    {
        if (!folders.Any(f => f.Exists && SharedFolders.Hold(f.Name))) return folders;
        var subscribed = folders.RemoveAll(f => f.Name == SharedFolders.Root) > 0;
        folders.Add(new(SharedFolders.Root, SpecialUse.None, Exists: false, subscribed, IsLevel: true));
        return folders;
    }
}
