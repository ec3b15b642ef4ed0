using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>Loads the saved lines that concern one mailbox, and resolves them.</summary>
public static class ConnectionTableQuery
{
    public static async Task<IReadOnlyList<ConnectionLine>> ConnectionLinesOfAsync(
        this PortalDbContext db, Mailbox mailbox, PodKind pod, MailServerAddresses own, CancellationToken cancellationToken)
    {
        var saved = await db.MailEndpoints.AsNoTracking()
            .Where(line => line.MailboxId == mailbox.Id || (line.MailboxId == null && (line.DomainId == null || line.DomainId == mailbox.DomainId)))
            .ToListAsync(cancellationToken);
        return ConnectionTable.Resolve(saved, mailbox.DomainId, mailbox.Id, pod, own);
    }
}
