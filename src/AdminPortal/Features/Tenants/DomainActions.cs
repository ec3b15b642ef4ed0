using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A mail domain of a tenant.</summary>
/// <param name="Id">The domain.</param>
/// <param name="Name">In ASCII (IDNA) form.</param>
/// <param name="Access">What it says to its mailboxes.</param>
/// <param name="ActiveSince">Null while its ownership is not proven: then it counts for nothing.</param>
/// <param name="Proof">What its DNS must say first; null where nothing has to be proved.</param>
internal sealed record DomainAnswer(Guid Id, string Name, AccessSettings Access, DateTimeOffset? ActiveSince, DomainProofAnswer? Proof)
{
    public static DomainAnswer Of(Domain domain) => new(
        domain.Id, domain.Name, domain.Access, domain.ActiveSince,
        domain is { ActiveSince: null, Challenge: { } token } ? new(DomainProof.Type, DomainProof.NameOf(domain.Name), DomainProof.ValueOf(token), domain.ClaimedAt) : null);
}

/// <summary>The record that proves a domain.</summary>
/// <param name="Type"><c>TXT</c>.</param>
/// <param name="Name">Where it must stand.</param>
/// <param name="Value">What it must say.</param>
/// <param name="ClaimedAt">A claim that is not proven is forgotten some weeks after this.</param>
internal sealed record DomainProofAnswer(string Type, string Name, string Value, DateTimeOffset ClaimedAt);

/// <summary>A domain as its page shows it.</summary>
internal sealed record DomainShown(Guid Id, string Name, DateTimeOffset? ActiveSince, string? Challenge, DateTimeOffset ClaimedAt, long Version, bool InUse);

/// <param name="Name">Such as <c>contoso.example</c>; letters outside ASCII are put into IDNA form.</param>
internal sealed record CreateDomainRequest(string Name);

/// <summary>What of a domain may be changed.</summary>
internal sealed record DomainPatch(LayerPatch? Access = null);

/// <summary>
/// A tenant's domains. What a platform administrator adds is active at once; what an administrator of the tenant adds is a claim, until the
/// domain's DNS proves it.
/// </summary>
internal sealed class DomainActions(
    PortalDbContext db, CurrentTenant tenant, CurrentUser user, DomainProof proof, RecordedChange change, Actor actor, TimeProvider time)
{
    private const int MostClaims = 20;

    /// <summary>Why no more domains can be claimed; the page has its own words for it.</summary>
    public const string TooManyClaims = "There are 20 claims that are not proven: prove or remove one first.";

    private const string Taken = "This domain belongs to an organisation already, or you have claimed it before.";

    public async Task<PageOf<DomainAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var after = query.Cursor?.Read<string>() ?? "";
        var domains = await db.Domains.AsNoTracking().Where(d => string.Compare(d.Name, after) > 0)
            .OrderBy(d => d.Name).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<DomainAnswer>.Cut(domains, query.Size, DomainAnswer.Of, d => d.Name);
    }

    /// <param name="nameOrId">As it stands in the address.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Domain?> FindAsync(string nameOrId, CancellationToken cancellationToken)
    {
        var id = Guid.TryParse(nameOrId, out var parsed) ? parsed : Guid.Empty;
        var name = MailAddressName.NormaliseDomain(nameOrId);
        return db.Domains.SingleOrDefaultAsync(d => d.Id == id || d.Name == name, cancellationToken);
    }

    public async Task<(ChangeOutcome Outcome, Domain? Domain)> CreateAsync(CreateDomainRequest request, CancellationToken cancellationToken)
    {
        if (MailAddressName.NormaliseDomain(request.Name) is not { } name)
            return (new ChangeOutcome.Invalid("name", "This is no domain name, such as contoso.example."), null);

        var now = time.GetUtcNow();
        if (!user.IsPlatformAdmin) return await ClaimAsync(name, now, cancellationToken);
        var domain = new Domain { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = name, ActiveSince = now, ClaimedAt = now };
        db.Add(domain);
        var record = actor.Did(tenant.Id, AuditActions.DomainCreated, "domain", domain.Id, name, after: new { domain.Name, domain.Access });
        return (await change.SaveAsync(record, moved: null, Taken, cancellationToken), domain);
    }

    private async Task<(ChangeOutcome Outcome, Domain? Domain)> ClaimAsync(string name, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await db.Domains.CountAsync(d => d.ActiveSince == null, cancellationToken) >= MostClaims) return (new ChangeOutcome.Refused(TooManyClaims), null);
        var domain = new Domain
        {
            TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = name, Challenge = DomainProof.NewToken(), ClaimedAt = now, NextCheckAt = now,
        };
        db.Add(domain);
        var record = actor.Did(tenant.Id, AuditActions.DomainClaimed, "domain", domain.Id, name);
        return (await change.SaveAsync(record, moved: null, Taken, cancellationToken), domain);
    }

    /// <summary>Looks for the proof of a claim now.</summary>
    public async Task<ProofOutcome> CheckAsync(string nameOrId, CancellationToken cancellationToken) =>
        await FindAsync(nameOrId, cancellationToken) is { } domain ? await proof.CheckAsync(domain.Id, cancellationToken) : ProofOutcome.NotFound;

    /// <summary>Removes a domain in which no address lies.</summary>
    public async Task<ChangeOutcome> DeleteAsync(string nameOrId, Precondition ifMatch, CancellationToken cancellationToken)
    {
        const string inUse = "Addresses of mailboxes lie in this domain: remove or move them first.";
        if (await FindAsync(nameOrId, cancellationToken) is not { } domain) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(domain.Version)) return new ChangeOutcome.Stale();
        var end = $"@{domain.Name}";
        if (await db.MailboxAliases.AnyAsync(a => a.Address.EndsWith(end), cancellationToken)) return new ChangeOutcome.Refused(inUse);
        db.Remove(domain);
        var record = actor.Did(tenant.Id, AuditActions.DomainDeleted, "domain", domain.Id, domain.Name, before: new { domain.Name, domain.Access });
        return await change.SaveAsync(record, moved: null, inUse, cancellationToken);
    }

    /// <summary>All of them, for the page.</summary>
    public async Task<IReadOnlyList<DomainShown>> ShowAsync(CancellationToken cancellationToken) =>
        await db.Domains.AsNoTracking().OrderBy(d => d.Name)
            .Select(d => new DomainShown(
                d.Id, d.Name, d.ActiveSince, d.ActiveSince == null ? d.Challenge : null, d.ClaimedAt, d.Version, db.Mailboxes.Any(m => m.DomainId == d.Id)))
            .ToListAsync(cancellationToken);

    public async Task<ChangeOutcome> ChangeAsync(string nameOrId, MergePatch<DomainPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(nameOrId, cancellationToken) is not { } domain) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(domain.Version)) return new ChangeOutcome.Stale();

        var (before, wanted) = (domain.Access, Wanted(patch, domain.Access));
        if (before == wanted) return new ChangeOutcome.Done();
        domain.Access = wanted;
        var record = actor.Did(tenant.Id, AuditActions.DomainChanged, "domain", domain.Id, domain.Name, new { access = before }, new { access = wanted });
        return await change.SaveAsync(record, new AccessChange(tenant.Id, null), "", cancellationToken);
    }

    // "access": null takes all three back at once.
    private static AccessSettings Wanted(MergePatch<DomainPatch> patch, AccessSettings now) =>
        patch.Has(p => p.Access, out var access) && access is null ? AccessSettings.Inherited : patch.At(p => p.Access).ApplyTo(now);
}
