using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Features.Tenants;

/// <summary>How changing a tenant, a domain or a plan ended.</summary>
internal abstract record ChangeOutcome
{
    private ChangeOutcome() { }

    /// <summary>As it was asked for; nothing was written where it was so already.</summary>
    public sealed record Done : ChangeOutcome;

    public sealed record NotFound : ChangeOutcome;

    /// <summary>Somebody else changed it first.</summary>
    public sealed record Stale : ChangeOutcome;

    public sealed record Invalid(string Field, string Message) : ChangeOutcome;

    /// <summary>The state of things is against it.</summary>
    public sealed record Refused(string Why) : ChangeOutcome;
}

/// <summary>
/// Stores a change of a layer: with its audit event, and where switches moved with word to the mail servers, which may have to end live
/// sessions of any mailbox of the tenant.
/// </summary>
internal sealed class ChangeLayer(PortalDbContext db, ChangeFeed feed)
{
    public async Task<ChangeOutcome> SaveAsync(Guid tenantId, AuditEvent record, bool accessMoved, string whenTaken, CancellationToken cancellationToken)
    {
        db.Add(record);
        if (accessMoved) db.Add(new ChangeFeedEntry { TenantId = tenantId });
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
        if (accessMoved) await feed.PublishAsync(new(tenantId, null), CancellationToken.None);
        return new ChangeOutcome.Done();
    }
}
