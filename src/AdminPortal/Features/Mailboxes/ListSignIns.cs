using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Mailboxes;

/// <summary>Who signed in to a mailbox, or tried to: the latest first. Alike attempts are one row each, so there are few.</summary>
internal sealed class ListSignIns(PortalDbContext db)
{
    private const int Most = 50;

    public async Task<IReadOnlyList<SignInAttempt>> LatestAsync(Guid mailboxId, CancellationToken cancellationToken) =>
        await db.SignInAttempts.AsNoTracking().Where(a => a.MailboxId == mailboxId)
            .OrderByDescending(a => a.LastAt).ThenBy(a => a.Id).Take(Most).ToListAsync(cancellationToken);
}
