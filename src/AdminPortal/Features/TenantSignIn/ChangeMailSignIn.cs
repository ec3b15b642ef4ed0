using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>With what mail programs may sign in to the tenant's mailboxes, besides app passwords, which are always good.</summary>
/// <param name="AccountPassword">Whether the account password of a mailbox is good for mail programs too.</param>
internal sealed record MailSignIn(bool AccountPassword)
{
    public static MailSignIn Of(Tenant tenant) => new(tenant.AccountPasswordForMail);
}

internal sealed class ChangeMailSignIn(PortalDbContext db, CurrentTenant current, RecordedChange change, Actor actor, TimeProvider time)
{
    public Task<Tenant> ReadAsync(CancellationToken cancellationToken) => db.Tenants.SingleAsync(t => t.Id == current.Id, cancellationToken);

    /// <summary>It holds from its commit on: sessions that were opened with what is refused now end at every process.</summary>
    /// <param name="wish">From what is to what shall be.</param>
    /// <param name="ifMatch">The tenant's version that the caller saw.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> HandleAsync(Func<MailSignIn, MailSignIn> wish, Precondition ifMatch, CancellationToken cancellationToken)
    {
        var tenant = await ReadAsync(cancellationToken);
        if (!ifMatch.Matches(tenant.Version)) return new ChangeOutcome.Stale();
        var before = MailSignIn.Of(tenant);
        var wanted = wish(before);
        if (before == wanted) return new ChangeOutcome.Done();

        (tenant.AccountPasswordForMail, tenant.UpdatedAt) = (wanted.AccountPassword, time.GetUtcNow());
        var record = actor.Did(tenant.Id, AuditActions.MailSignInChanged, "tenant", tenant.Id, tenant.Name, before, wanted);
        return await change.SaveAsync(record, new AccessChange(tenant.Id, null), "", cancellationToken);
    }
}
