using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A tenant in a list.</summary>
/// <param name="Id">The tenant.</param>
/// <param name="Slug">Its short name in addresses.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Role">What the caller is there.</param>
internal sealed record TenantSummary(Guid Id, string Slug, string Name, PortalRole Role);

/// <summary>A tenant with the settings that its mailboxes inherit last.</summary>
internal sealed record TenantAnswer(
    Guid Id, string Slug, string Name, AccessSettings Access, IReadOnlyList<string> Languages, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public static TenantAnswer Of(Tenant tenant) =>
        new(tenant.Id, tenant.Slug, tenant.Name, tenant.Access, tenant.Languages, tenant.CreatedAt, tenant.UpdatedAt);
}

/// <summary>Which tenants there are for the caller: all for who administers the platform, else those where the caller has a role.</summary>
internal sealed class GetTenants(PortalDbContext db, CurrentUser user, CurrentTenant current, CrossTenant crossTenant)
{
    private sealed record Position(string Name, Guid Id);

    public async Task<PageOf<TenantSummary>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var after = query.Cursor?.Read<Position>();
        var tenants = (await AllAsync(cancellationToken))
            .OrderBy(t => t.Name, StringComparer.Ordinal).ThenBy(t => t.Id)
            .SkipWhile(t => after is not null && Compare(t, after) <= 0)
            .Take(query.Size + 1).ToList();
        return PageOf<TenantSummary>.Cut(tenants, query.Size, t => t, t => new Position(t.Name, t.Id));
    }

    public async Task<Tenant?> FindAsync(CancellationToken cancellationToken) =>
        await db.Tenants.SingleOrDefaultAsync(t => t.Id == current.Id, cancellationToken);

    private async Task<IEnumerable<TenantSummary>> AllAsync(CancellationToken cancellationToken) => user.IsPlatformAdmin
        ? (await crossTenant.ListTenantsAsync(cancellationToken)).Select(t => new TenantSummary(t.Id, t.Slug, t.Name, PortalRole.PlatformAdmin))
        : user.Memberships.Select(m => new TenantSummary(m.Tenant.Id, m.Tenant.Slug, m.Tenant.Name, m.Role));

    private static int Compare(TenantSummary tenant, Position position) =>
        string.CompareOrdinal(tenant.Name, position.Name) is not 0 and var byName ? byName : tenant.Id.CompareTo(position.Id);
}
