using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace AdminPortal.Hosting;

/// <summary>
/// A platform administrator's first step into a tenant is written to that tenant's audit trail, once for each session (or token). The
/// request goes no further until that is stored.
/// </summary>
internal sealed class TenantVisits(PortalDbContext db, CurrentUser user, CurrentTenant tenant, Actor actor, IMemoryCache noted)
{
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    public async Task NoteAsync(CancellationToken cancellationToken)
    {
        var key = (nameof(TenantVisits), tenant.Id, user.SessionId);
        if (noted.TryGetValue(key, out _)) return;
        if (!await IsNotedAsync(cancellationToken)) await WriteAsync(cancellationToken);
        noted.Set(key, true, Remembered);
    }

    private Task<bool> IsNotedAsync(CancellationToken cancellationToken) =>
        db.AuditEvents.AnyAsync(
            e => e.TargetId == tenant.Id && e.Action == AuditActions.TenantEntered && e.After!.RootElement.GetProperty("session").GetString() == user.SessionId,
            cancellationToken);

    private Task WriteAsync(CancellationToken cancellationToken)
    {
        db.AuditEvents.Add(actor.Did(tenant.Id, AuditActions.TenantEntered, "tenant", tenant.Id, tenant.Name, after: new { session = user.SessionId }));
        return db.SaveChangesAsync(cancellationToken);
    }
}
