using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>Keeps a tenant from locking out all its administrators. Platform administrators can always get in and help.</summary>
internal sealed class WhoGetsIn(PortalDbContext db, CurrentTenant tenant, CurrentUser user)
{
    /// <summary>
    /// Whether passwords may be refused: there is a provider with which the asking administrator's own sign-in worked as it is now. Who
    /// administers the platform has no account at the tenant's issuer: there any administrator of the tenant will do.
    /// </summary>
    public Task<bool> WithoutPasswordsAsync(CancellationToken cancellationToken) => Proven().AnyAsync(
        p => tenant.Role == PortalRole.PlatformAdmin || p.ProvenBy == user.UserId, cancellationToken);

    /// <summary>Whether without this provider no administrator of the tenant could be sure to get in.</summary>
    public async Task<bool> NeedsAsync(SignInProvider provider, CancellationToken cancellationToken)
    {
        var others = Proven().Where(p => p.Id != provider.Id);
        if (await others.AnyAsync(cancellationToken)) return false;
        var refusesPasswords = await db.Tenants.AnyAsync(t => t.SignIn.PasswordSignIn == PasswordSignIn.Refused, cancellationToken);
        if (refusesPasswords) return provider.ProvenAt is not null;
        // Who has the role by this provider's claims has no other way in.
        var administrators = db.Members.Where(m => m.Role == PortalRole.TenantAdmin);
        return await administrators.AnyAsync(m => m.ProviderId == provider.Id, cancellationToken)
            && !await administrators.AnyAsync(m => m.ProviderId != provider.Id, cancellationToken);
    }

    private IQueryable<SignInProvider> Proven() => db.SignInProviders.Where(
        p => p.Enabled && p.ProvenAt != null && db.Members.Any(m => m.UserId == p.ProvenBy && m.Role == PortalRole.TenantAdmin));
}
