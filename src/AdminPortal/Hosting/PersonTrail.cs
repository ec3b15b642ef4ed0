using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>Writes what happened to a person's account to the audit trail of every tenant where the person has a role or a mailbox.</summary>
internal sealed class PersonTrail(CrossTenant crossTenant, IServiceScopeFactory scopes, Actor actor)
{
    /// <param name="personId">Whose account.</param>
    /// <param name="name">What the person signs in as.</param>
    /// <param name="action">Of <see cref="AuditActions"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="only">The one tenant that it is the business of; null for all.</param>
    public async Task WriteAsync(Guid personId, string name, string action, CancellationToken cancellationToken, Guid? only = null)
    {
        foreach (var membership in (await crossTenant.MembershipsOfAsync(personId, cancellationToken)).Where(m => only is null || m.Tenant.Id == only))
        {
            // A unit of work never changes its tenant, so each tenant gets one of its own.
            await using var scope = scopes.CreateAsyncScope();
            scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(membership.Tenant.Id);
            var db = scope.ServiceProvider.GetRequiredService<PortalDbContext>();
            db.Add(actor.Did(membership.Tenant.Id, action, "user", personId, name));
            await db.SaveChangesAsync(cancellationToken);
        }
    }
}
