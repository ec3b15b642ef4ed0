using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.AuditLog;

/// <summary>How long a tenant keeps its trail. Without a row for ever, which has the version 0.</summary>
internal sealed class SetRetention(PortalDbContext db, CurrentTenant tenant, Actor actor, RecordedChange record)
{
    public Task<AuditRetention?> FindAsync(CancellationToken cancellationToken) => db.AuditRetentions.SingleOrDefaultAsync(cancellationToken);

    /// <param name="keepDays">Null: for ever.</param>
    /// <param name="ifMatch">The version that is changed; null: whichever there is.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> HandleAsync(int? keepDays, Precondition? ifMatch, CancellationToken cancellationToken)
    {
        if (keepDays is < AuditRetention.FewestDays or > AuditRetention.MostDays)
            return new ChangeOutcome.Invalid("keepDays", $"Choose {AuditRetention.FewestDays} to {AuditRetention.MostDays} days, or null for ever.");
        var kept = await FindAsync(cancellationToken);
        if (ifMatch?.Matches(kept?.Version ?? 0) == false) return new ChangeOutcome.Stale();
        if (kept?.KeepDays == keepDays) return new ChangeOutcome.Done();

        var entry = actor.Did(tenant.Id, AuditActions.AuditRetentionChanged, "audit", null, "audit", new { kept?.KeepDays }, new { KeepDays = keepDays });
        if (keepDays is not { } days) db.Remove(kept!);
        else if (kept is null) db.Add(new AuditRetention { TenantId = tenant.Id, KeepDays = days });
        else kept.KeepDays = days;
        return await record.SaveAsync(entry, null, "Somebody else changed it at the same moment.", cancellationToken);
    }
}
