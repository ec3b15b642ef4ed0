using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>With what mail programs may sign in to the tenant's mailboxes, besides app passwords, which are always good.</summary>
/// <param name="AccountPassword">Whether the account password of a mailbox is good for mail programs too.</param>
/// <param name="Tokens">Whose access tokens are good too; null: none.</param>
internal sealed record MailSignIn(bool AccountPassword, MailTokens? Tokens);

/// <param name="Now">What holds.</param>
/// <param name="Version">The tenant's.</param>
internal sealed record MailSignInRead(MailSignIn Now, long Version);

internal sealed class ChangeMailSignIn(
    PortalDbContext db, CurrentTenant current, RecordedChange change, Actor actor, IOptions<OpenIdConnectSettings> rules, TimeProvider time)
{
    public async Task<MailSignInRead> ReadAsync(CancellationToken cancellationToken)
    {
        var (tenant, issuer) = await FindAsync(cancellationToken);
        return new(new(tenant.AccountPasswordForMail, MailTokens.Of(issuer)), tenant.Version);
    }

    /// <summary>It holds from its commit on: sessions that were opened with what is refused now end at every process.</summary>
    /// <param name="wish">From what is to what shall be.</param>
    /// <param name="ifMatch">The tenant's version that the caller saw.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChangeOutcome> HandleAsync(Func<MailSignIn, MailSignIn> wish, Precondition ifMatch, CancellationToken cancellationToken)
    {
        var (tenant, issuer) = await FindAsync(cancellationToken);
        if (!ifMatch.Matches(tenant.Version)) return new ChangeOutcome.Stale();
        var before = new MailSignIn(tenant.AccountPasswordForMail, MailTokens.Of(issuer));
        var wanted = wish(before);
        if (before == wanted) return new ChangeOutcome.Done();
        if (before.Tokens != wanted.Tokens && wanted.Tokens?.Wrong(rules.Value) is { } wrong) return wrong;

        (tenant.AccountPasswordForMail, tenant.UpdatedAt) = (wanted.AccountPassword, time.GetUtcNow());
        if (before.Tokens != wanted.Tokens) Replace(issuer, wanted.Tokens?.ToRow(tenant.Id));
        var record = actor.Did(tenant.Id, AuditActions.MailSignInChanged, "tenant", tenant.Id, tenant.Name, before, wanted);
        return await change.SaveAsync(record, new AccessChange(tenant.Id, null), "", cancellationToken);
    }

    private async Task<(Tenant, MailTokenIssuer?)> FindAsync(CancellationToken cancellationToken) => (
        await db.Tenants.SingleAsync(t => t.Id == current.Id, cancellationToken),
        await db.MailTokenIssuers.SingleOrDefaultAsync(i => i.TenantId == current.Id, cancellationToken));

    private void Replace(MailTokenIssuer? now, MailTokenIssuer? next)
    {
        if (now is not null && next is not null) db.Entry(now).CurrentValues.SetValues(next);
        else if (now is not null) db.Remove(now);
        else if (next is not null) db.Add(next);
    }
}
