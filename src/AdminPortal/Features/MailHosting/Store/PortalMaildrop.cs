using AdminPortal.Data;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>INBOX as POP3 sees it: the list of the moment of login.</summary>
internal sealed class PortalMaildrop : IMaildrop
{
    private readonly MailboxRows rows;
    private readonly FolderBell bell;
    private readonly MaildropLock taken;
    private readonly Guid inbox;
    private readonly ReadAhead ahead;
    private readonly string? archive;

    private PortalMaildrop(
        MailboxRows rows, FolderBell bell, MaildropLock taken, Guid inbox, uint uidValidity, AfterRetrieval after, string? archive, IReadOnlyList<MaildropMessage> messages)
    {
        (this.rows, this.bell, this.taken, this.inbox, UidValidity, AfterRetrieval, this.archive, Messages) = (rows, bell, taken, inbox, uidValidity, after, archive, messages);
        ahead = new(rows, inbox);
    }

    public uint UidValidity { get; }

    public IReadOnlyList<MaildropMessage> Messages { get; }

    public AfterRetrieval AfterRetrieval { get; }

    /// <summary>Takes over the lock when it returns.</summary>
    public static Task<PortalMaildrop> OpenAsync(MailboxRows rows, FolderBell bell, MaildropLock taken, CancellationToken cancellationToken) => rows.RunAsync(
        async connection =>
        {
            await using var command = Sql.Command(
                connection,
                """
                SELECT f.id, f.uid_validity, m.uid, m.size, coalesce(b.after_download, p.after_download, 1),
                       (SELECT a.name FROM mail_folder a WHERE a.tenant_id = $1 AND a.mailbox_id = $2 AND a.special_use = 'Archive')
                FROM mail_folder f
                JOIN mailbox b ON b.tenant_id = f.tenant_id AND b.id = f.mailbox_id
                LEFT JOIN plan p ON p.tenant_id = b.tenant_id AND p.id = b.plan_id
                LEFT JOIN mail_message m ON m.tenant_id = f.tenant_id AND m.folder_id = f.id
                WHERE f.tenant_id = $1 AND f.mailbox_id = $2 AND f.name = 'INBOX'
                ORDER BY m.uid
                """,
                rows.TenantId, rows.MailboxId);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                throw new MailStoreUnavailableException("The mailbox has no INBOX: it was removed a moment ago.");
            var (inbox, uidValidity, messages) = (reader.GetGuid(0), reader.GetUInt32(1), new List<MaildropMessage>());
            var (after, archive) = (After((AfterDownload)reader.GetInt16(4)), reader.IsDBNull(5) ? null : reader.GetString(5));
            for (var more = !reader.IsDBNull(2); more; more = await reader.ReadAsync(cancellationToken))
                messages.Add(new(reader.GetUInt32(2), reader.GetInt32(3)));
            return new PortalMaildrop(rows, bell, taken, inbox, uidValidity, after, archive, messages);
        },
        cancellationToken);

    public async Task UpdateAsync(IReadOnlyList<uint> deleted, IReadOnlyList<uint> retrieved, CancellationToken cancellationToken)
    {
        var raised = await rows.RunInTransactionAsync(
            async connection => (await UpdateAsync(connection, deleted, retrieved, cancellationToken), true), cancellationToken);
        foreach (var (folderId, modSeq) in raised) bell.Ring(rows.MailboxId, folderId, modSeq);
    }

    // What goes to another folder goes first: that locks both in the order in which everybody locks folders.
    private async Task<IReadOnlyList<(Guid FolderId, long ModSeq)>> UpdateAsync(
        NpgsqlConnection connection, IReadOnlyList<uint> deleted, IReadOnlyList<uint> retrieved, CancellationToken cancellationToken)
    {
        var raised = new List<(Guid, long)>();
        if (AfterRetrieval == AfterRetrieval.Archive && retrieved.Count > 0)
            raised.AddRange(await ArchiveAsync(connection, retrieved, cancellationToken));
        if (AfterRetrieval == AfterRetrieval.MarkSeen && retrieved.Count > 0)
            raised.AddRange(await MarkSeenAsync(connection, retrieved, cancellationToken));
        IReadOnlyList<uint> gone = AfterRetrieval == AfterRetrieval.Delete ? [.. deleted.Concat(retrieved).Order()] : deleted;
        if (gone.Count == 0) return raised;
        var (removed, modSeq) = await Removal.RunAsync(connection, rows.TenantId, inbox, gone, onlyDeleted: false, cancellationToken);
        if (removed.Count > 0) raised.Add((inbox, modSeq));
        return raised;
    }

    // Its owner may have removed or renamed the folder since: then what was downloaded stays where it is.
    private async Task<IReadOnlyList<(Guid FolderId, long ModSeq)>> ArchiveAsync(
        NpgsqlConnection connection, IReadOnlyList<uint> retrieved, CancellationToken cancellationToken) =>
        archive is null ? [] : (await Transfer.RunAsync(connection, rows, inbox, retrieved, archive, move: true, cancellationToken)).Raised;

    private async Task<IReadOnlyList<(Guid FolderId, long ModSeq)>> MarkSeenAsync(
        NpgsqlConnection connection, IReadOnlyList<uint> retrieved, CancellationToken cancellationToken)
    {
        await using var command = Sql.Command(
            connection,
            $"""
            WITH raised AS (
                UPDATE mail_folder SET highest_mod_seq = highest_mod_seq + 1
                WHERE tenant_id = $1 AND id = $2
                  AND EXISTS (SELECT FROM mail_message WHERE tenant_id = $1 AND folder_id = $2 AND uid = ANY ($3) AND flags & {(int)MessageFlags.Seen} = 0)
                RETURNING highest_mod_seq),
            marked AS (
                UPDATE mail_message m SET flags = m.flags | {(int)MessageFlags.Seen}, mod_seq = r.highest_mod_seq FROM raised r
                WHERE m.tenant_id = $1 AND m.folder_id = $2 AND m.uid = ANY ($3) AND m.flags & {(int)MessageFlags.Seen} = 0)
            SELECT highest_mod_seq FROM raised
            """,
            rows.TenantId, inbox, Sql.Longs(retrieved));
        return await command.ExecuteScalarAsync(cancellationToken) is long modSeq ? [(inbox, modSeq)] : [];
    }

    private static AfterRetrieval After(AfterDownload after) => after switch
    {
        AfterDownload.MarkRead => AfterRetrieval.MarkSeen,
        AfterDownload.Delete => AfterRetrieval.Delete,
        AfterDownload.Archive => AfterRetrieval.Archive,
        _ => AfterRetrieval.Leave,
    };

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken) =>
        ahead.ReadAsync(uids, scope, cancellationToken);

    public ValueTask DisposeAsync() => taken.DisposeAsync();
}
