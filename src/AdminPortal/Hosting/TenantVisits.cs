using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Memory;

namespace AdminPortal.Hosting;

/// <summary>
/// A platform administrator sees no tenant's data before entering it, which is one deliberate step, written to that tenant's audit trail
/// and over after <see cref="Lasts"/> or by leaving. A person enters on a page and is reminded on every other; a platform token enters
/// with the first call that names the tenant, because its address says so.
/// </summary>
internal sealed class TenantVisits(PortalDbContext db, TenantScope scope, CurrentUser user, Actor actor, TimeProvider time, IMemoryCache ofTokens)
{
    public static readonly TimeSpan Lasts = TimeSpan.FromHours(2);

    /// <summary>The visit that goes on; the tenant becomes that of the unit of work.</summary>
    /// <returns>When it ends; null where nobody entered.</returns>
    public Task<DateTimeOffset?> EndOfCurrentAsync(TenantName tenant, CancellationToken cancellationToken) =>
        user.TokenId is null ? FindEndAsync(tenant, cancellationToken) : EndOfTokensAsync(tenant, cancellationToken);

    public async Task<DateTimeOffset> EnterAsync(TenantName tenant, string? reason, CancellationToken cancellationToken)
    {
        scope.Enter(tenant.Id);
        var now = time.GetUtcNow();
        var visit = new TenantVisit
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), UserId = user.UserId, Session = user.SessionId, Reason = reason, EnteredAt = now, EndsAt = now + Lasts,
        };
        db.Add(visit);
        db.Add(actor.Did(tenant.Id, AuditActions.TenantEntered, "tenant", tenant.Id, tenant.Name, reason: reason));
        await db.SaveChangesAsync(cancellationToken);
        return visit.EndsAt;
    }

    /// <summary>Ends this session's visit; without effect where there is none.</summary>
    public async Task LeaveAsync(TenantName tenant, CancellationToken cancellationToken)
    {
        scope.Enter(tenant.Id);
        var now = time.GetUtcNow();
        var visits = await Open(now).ToListAsync(cancellationToken);
        if (visits.Count == 0) return;
        foreach (var visit in visits) visit.LeftAt = now;
        db.Add(actor.Did(tenant.Id, AuditActions.TenantLeft, "tenant", tenant.Id, tenant.Name));
        await db.SaveChangesAsync(cancellationToken);
    }

    private async Task<DateTimeOffset?> FindEndAsync(TenantName tenant, CancellationToken cancellationToken)
    {
        scope.Enter(tenant.Id);
        return await Open(time.GetUtcNow()).MaxAsync(v => (DateTimeOffset?)v.EndsAt, cancellationToken);
    }

    private async Task<DateTimeOffset?> EndOfTokensAsync(TenantName tenant, CancellationToken cancellationToken)
    {
        var key = (nameof(TenantVisits), tenant.Id, user.SessionId);
        if (ofTokens.TryGetValue(key, out DateTimeOffset known) && known > time.GetUtcNow()) return known;
        var end = await FindEndAsync(tenant, cancellationToken) ?? await EnterAsync(tenant, null, cancellationToken);
        return ofTokens.Set(key, end, Lasts);
    }

    private IQueryable<TenantVisit> Open(DateTimeOffset now) =>
        db.TenantVisits.Where(v => v.Session == user.SessionId && v.UserId == user.UserId && v.LeftAt == null && v.EndsAt > now);
}
