using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Delivery;

/// <summary>A message to put into a folder without a mail program: what the demonstration seeds, what the portal itself writes to people.</summary>
/// <param name="TenantId">Whose mailbox.</param>
/// <param name="MailboxId">Which mailbox.</param>
/// <param name="Folder">Its full name; <c>INBOX</c> and the special folders are there from the start.</param>
/// <param name="Content">The message with CRLF line ends.</param>
/// <param name="Seen">Whether it counts as read.</param>
/// <param name="Date">When it arrived; null: now.</param>
internal sealed record MessageToDeliver(Guid TenantId, Guid MailboxId, string Folder, byte[] Content, bool Seen = false, DateTimeOffset? Date = null);

/// <summary>Stores a message in a mailbox's folder and wakes whoever has it open.</summary>
internal sealed class DeliverMessage(MailDatabase database, FolderBell bell)
{
    /// <returns>The message's UID, or null when the mailbox has no such folder.</returns>
    public async Task<uint?> HandleAsync(MessageToDeliver message, CancellationToken cancellationToken)
    {
        var rows = new MailboxRows(database, message.TenantId, message.MailboxId, () => { });
        using var content = new MemoryStream(message.Content, writable: false);
        var stored = await rows.RunInTransactionAsync(
            async connection =>
            {
                var flags = message.Seen ? MessageFlags.Seen : MessageFlags.None;
                var outcome = await MessageWriting.AppendAsync(
                    connection, rows, message.Folder, [new(flags, [], message.Date, content)], cancellationToken);
                return (outcome, outcome is not null);
            },
            cancellationToken);
        if (stored is null) return null;
        bell.Ring(rows.OwnerOf(message.Folder), stored.FolderId, stored.ModSeq);
        return stored.Uids[0];
    }
}
