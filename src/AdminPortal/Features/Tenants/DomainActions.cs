using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A mail domain of a tenant.</summary>
/// <param name="Id">The domain.</param>
/// <param name="Name">In ASCII (IDNA) form.</param>
/// <param name="Access">What it says to its mailboxes.</param>
/// <param name="ActiveSince">Null while its ownership is not proven.</param>
internal sealed record DomainAnswer(Guid Id, string Name, AccessSettings Access, DateTimeOffset? ActiveSince)
{
    public static DomainAnswer Of(Domain domain) => new(domain.Id, domain.Name, domain.Access, domain.ActiveSince);
}

/// <param name="Name">Such as <c>contoso.example</c>; letters outside ASCII are put into IDNA form.</param>
internal sealed record CreateDomainRequest(string Name);

/// <summary>What of a domain may be changed.</summary>
internal sealed record DomainPatch(LayerPatch? Access = null);

/// <summary>A tenant's domains. A platform administrator adds them, and they are active at once.</summary>
internal sealed class DomainActions(PortalDbContext db, CurrentTenant tenant, RecordedChange change, Actor actor, TimeProvider time)
{
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

        var domain = new Domain { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = name, ActiveSince = time.GetUtcNow() };
        db.Add(domain);
        var record = actor.Did(tenant.Id, AuditActions.DomainCreated, "domain", domain.Id, name, after: DomainAnswer.Of(domain));
        return (await change.SaveAsync(record, moved: null, "This domain belongs to an organisation already.", cancellationToken), domain);
    }

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
