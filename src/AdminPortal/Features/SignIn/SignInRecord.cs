using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn;

/// <summary>Writes a person's coming and going to the audit trail of every tenant where the person has a role or a mailbox.</summary>
internal sealed class SignInRecord(CrossTenant crossTenant, IServiceScopeFactory scopes, Actor actor)
{
    public async Task WriteAsync(PortalUser person, string action, CancellationToken cancellationToken)
    {
        actor.Become(ActorKind.User, person.Id, person.UserName!);
        foreach (var membership in await crossTenant.MembershipsOfAsync(person.Id, cancellationToken))
            await WriteAsync(membership.Tenant.Id, person, action, cancellationToken);
    }

    // A unit of work never changes its tenant, so each tenant gets one of its own.
    private async Task WriteAsync(Guid tenantId, PortalUser person, string action, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(tenantId);
        var db = scope.ServiceProvider.GetRequiredService<PortalDbContext>();
        db.AuditEvents.Add(actor.Did(tenantId, action, "user", person.Id, person.UserName!));
        await db.SaveChangesAsync(cancellationToken);
    }
}
