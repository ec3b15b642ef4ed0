using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>Changes what a tenant asks of its people, and keeps it from locking all of them out.</summary>
internal sealed class ChangeSignInPolicy(PortalDbContext db, CurrentTenant current, WhoGetsIn whoGetsIn, RecordedChange change, Actor actor, TimeProvider time)
{
    /// <summary>Why passwords cannot be refused yet; the page has its own words for it.</summary>
    public const string NeedsProvenProvider = "Set up a provider first and sign in with it once yourself: otherwise nobody might get in any more.";

    public Task<Tenant> ReadAsync(CancellationToken cancellationToken) => db.Tenants.SingleAsync(t => t.Id == current.Id, cancellationToken);

    /// <param name="wish">From what is to what shall be.</param>
    /// <param name="ifMatch">The tenant's version that the caller saw.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> HandleAsync(Func<SignInPolicy, SignInPolicy> wish, Precondition ifMatch, CancellationToken cancellationToken)
    {
        var tenant = await ReadAsync(cancellationToken);
        if (!ifMatch.Matches(tenant.Version)) return new ChangeOutcome.Stale();
        var (before, wanted) = (tenant.SignIn, wish(tenant.SignIn));
        if (before == wanted) return new ChangeOutcome.Done();
        if (wanted.PasswordSignIn == PasswordSignIn.Refused && before.PasswordSignIn != PasswordSignIn.Refused
            && !await whoGetsIn.WithoutPasswordsAsync(cancellationToken))
            return new ChangeOutcome.Refused(NeedsProvenProvider);

        (tenant.SignIn, tenant.UpdatedAt) = (wanted, time.GetUtcNow());
        var record = actor.Did(tenant.Id, AuditActions.SignInPolicyChanged, "tenant", tenant.Id, tenant.Name, before, wanted);
        return await change.SaveAsync(record, moved: null, "", cancellationToken);
    }
}
