using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>What came of an administrator's trying a provider.</summary>
internal enum Trial
{
    /// <summary>They would come in as an administrator of the tenant: the provider may be relied on.</summary>
    Works,

    /// <summary>The issuer answers as it should, but would not make them an administrator here.</summary>
    NoAdministrator,

    /// <summary>The issuer's account belongs to another person of this tenant.</summary>
    SomebodyElse,
}

/// <summary>
/// Remembers that an administrator's own sign-in worked with a provider, and ties that account of the issuer to theirs: they have proved
/// both at once. Their session stays as it is.
/// </summary>
internal sealed class TryProvider(PortalDbContext db, CurrentTenant tenant, CurrentUser user, Actor actor, TimeProvider time)
{
    public async Task<Trial> HandleAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        var linked = await db.SignInLinks.SingleOrDefaultAsync(l => l.Issuer == identity.Provider.Issuer && l.Subject == identity.Subject, cancellationToken);
        if (linked is not null && linked.UserId != user.UserId) return Trial.SomebodyElse;
        if (linked is null)
            db.Add(new SignInLink { TenantId = tenant.Id, ProviderId = identity.Provider.Id, Issuer = identity.Provider.Issuer, Subject = identity.Subject, UserId = user.UserId });

        var member = await db.Members.AsNoTracking().SingleOrDefaultAsync(m => m.UserId == user.UserId, cancellationToken);
        var works = (member?.ProviderId == identity.Provider.Id ? identity.Role : member?.Role) == PortalRole.TenantAdmin;
        if (works)
        {
            (identity.Provider.ProvenBy, identity.Provider.ProvenAt) = (user.UserId, time.GetUtcNow());
            db.Add(actor.Did(tenant.Id, AuditActions.SignInProviderProven, "signInProvider", identity.Provider.Id, identity.Provider.Name, after: new { by = user.Name }));
        }
        await db.SaveChangesAsync(cancellationToken);
        return works ? Trial.Works : Trial.NoAdministrator;
    }
}
