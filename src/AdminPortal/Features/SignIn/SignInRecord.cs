using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn;

/// <summary>Writes a person's coming and going to the audit trail of every tenant where the person has a role or a mailbox.</summary>
internal sealed class SignInRecord(CrossTenant crossTenant, IServiceScopeFactory scopes, Actor actor)
{
    /// <param name="personId">Whose.</param>
    /// <param name="name">How the trail calls the person.</param>
    /// <param name="action">Came or went.</param>
    /// <param name="cancellationToken">Gives up; some trails may have it already.</param>
    /// <param name="vouchedBy">The one tenant that the session is good for: no other is told of it.</param>
    public async Task WriteAsync(Guid personId, string name, string action, CancellationToken cancellationToken, Guid? vouchedBy = null)
    {
        actor.Become(ActorKind.User, personId, name);
        foreach (var membership in (await crossTenant.MembershipsOfAsync(personId, cancellationToken)).Where(m => vouchedBy is null || m.Tenant.Id == vouchedBy))
            await WriteAsync(membership.Tenant.Id, actor.Did(membership.Tenant.Id, action, "user", personId, name), cancellationToken);
    }

    // A unit of work never changes its tenant, so each tenant gets one of its own.
    private async Task WriteAsync(Guid tenantId, AuditEvent entry, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(tenantId);
        var db = scope.ServiceProvider.GetRequiredService<PortalDbContext>();
        db.AuditEvents.Add(entry);
        await db.SaveChangesAsync(cancellationToken);
    }
}
