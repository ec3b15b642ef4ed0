using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>INBOX as POP3 sees it: the list of the moment of login.</summary>
internal sealed class PortalMaildrop : IMaildrop
{
    private readonly MailboxRows rows;
    private readonly FolderBell bell;
    private readonly MaildropLock taken;
    private readonly Guid inbox;
    private readonly ReadAhead ahead;

    private PortalMaildrop(MailboxRows rows, FolderBell bell, MaildropLock taken, Guid inbox, uint uidValidity, IReadOnlyList<MaildropMessage> messages)
    {
        (this.rows, this.bell, this.taken, this.inbox, UidValidity, Messages) = (rows, bell, taken, inbox, uidValidity, messages);
        ahead = new(rows, inbox);
    }

    public uint UidValidity { get; }

    public IReadOnlyList<MaildropMessage> Messages { get; }

    /// <summary>Takes over the lock when it returns.</summary>
    public static Task<PortalMaildrop> OpenAsync(MailboxRows rows, FolderBell bell, MaildropLock taken, CancellationToken cancellationToken) => rows.RunAsync(
        async connection =>
        {
            await using var command = Sql.Command(
                connection,
                """
                SELECT f.id, f.uid_validity, m.uid, m.size
                FROM mail_folder f LEFT JOIN mail_message m ON m.tenant_id = f.tenant_id AND m.folder_id = f.id
                WHERE f.tenant_id = $1 AND f.mailbox_id = $2 AND f.name = 'INBOX'
                ORDER BY m.uid
                """,
                rows.TenantId, rows.MailboxId);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                throw new MailStoreUnavailableException("The mailbox has no INBOX: it was removed a moment ago.");
            var (inbox, uidValidity, messages) = (reader.GetGuid(0), reader.GetUInt32(1), new List<MaildropMessage>());
            for (var more = !reader.IsDBNull(2); more; more = await reader.ReadAsync(cancellationToken))
                messages.Add(new(reader.GetUInt32(2), reader.GetInt32(3)));
            return new PortalMaildrop(rows, bell, taken, inbox, uidValidity, messages);
        },
        cancellationToken);

    public async Task DeleteAsync(IReadOnlyList<uint> uids, CancellationToken cancellationToken)
    {
        var (removed, modSeq) = await rows.RunAsync(
            connection => Removal.RunAsync(connection, rows.TenantId, inbox, uids, onlyDeleted: false, cancellationToken), cancellationToken);
        if (removed.Count > 0) bell.Ring(rows.MailboxId, inbox, modSeq);
    }

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken) =>
        ahead.ReadAsync(uids, scope, cancellationToken);

    public ValueTask DisposeAsync() => taken.DisposeAsync();
}
