using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Mailboxes;

/// <summary>Whose address is this? Somebody on the telephone may give an alias as well as the primary address.</summary>
internal sealed class FindByAddress(PortalDbContext db)
{
    /// <returns>The primary address of the mailbox; null where the text is no address, or nobody's here.</returns>
    public async Task<string?> FindAsync(string? text, CancellationToken cancellationToken)
    {
        if (MailAddressName.Normalise(text) is not { } address) return null;
        var owners = db.MailboxAliases.Where(a => a.Address == address).Select(a => a.MailboxId);
        return await db.Mailboxes.Where(m => m.Address == address || owners.Contains(m.Id)).Select(m => m.Address).FirstOrDefaultAsync(cancellationToken);
    }
}
