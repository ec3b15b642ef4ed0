using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Hosting;

/// <summary>
/// Stores a change with its audit event in one transaction, and where access may have moved with word to the mail servers, which may have
/// to end live sessions.
/// </summary>
internal sealed class RecordedChange(PortalDbContext db, ChangeFeed feed)
{
    /// <param name="record">What happened, for the audit trail.</param>
    /// <param name="moved">Whose access may be another now; null where nobody's can be.</param>
    /// <param name="whenTaken">What to say when a name is taken, or when something still depends on what shall go.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> SaveAsync(AuditEvent record, AccessChange? moved, string whenTaken, CancellationToken cancellationToken)
    {
        db.Add(record);
        if (moved is not null) db.Add(new ChangeFeedEntry { TenantId = record.TenantId, MailboxId = moved.MailboxId });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            // What was to be written is forgotten, so that whoever reads it again sees what is there.
            db.ChangeTracker.Clear();
            return new ChangeOutcome.Stale();
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException
            { SqlState: PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.ForeignKeyViolation or PostgresErrorCodes.RestrictViolation })
        {
            db.ChangeTracker.Clear();
            return new ChangeOutcome.Refused(whenTaken);
        }
        // The change is committed: it is told to the end, even if the caller has gone.
        if (moved is not null) await feed.PublishAsync(moved, CancellationToken.None);
        return new ChangeOutcome.Done();
    }
}
