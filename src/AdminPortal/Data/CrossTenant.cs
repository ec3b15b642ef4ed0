using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <summary>
/// Every entrance that looks across tenants, in one class of several files. Each is an SQL function of the owner (in
/// migrations/Sql) that answers one narrow question; everything else stays behind the wall. A test states what each may see.
/// </summary>
public sealed partial class CrossTenant(NpgsqlDataSource dataSource)
{
    /// <summary>The tenant with that slug or id, or null.</summary>
    public async Task<TenantName?> FindTenantAsync(string slugOrId, CancellationToken cancellationToken) =>
        (await TenantsAsync("SELECT id, slug, name FROM find_tenant($1)", slugOrId, cancellationToken)).SingleOrDefault();

    /// <summary>All tenants by name. For platform administrators alone.</summary>
    public Task<IReadOnlyList<TenantName>> ListTenantsAsync(CancellationToken cancellationToken) =>
        TenantsAsync("SELECT id, slug, name FROM list_tenants()", null, cancellationToken);

    /// <summary>The tenant whose active domain this is (ASCII form), or null.</summary>
    public async Task<TenantName?> FindTenantOfDomainAsync(string domain, CancellationToken cancellationToken) =>
        (await TenantsAsync("SELECT id, slug, name FROM find_tenant_of_domain($1)", domain, cancellationToken)).SingleOrDefault();

    /// <summary>Takes claimed domains whose proof is due to be looked for, each until it is due again.</summary>
    public async Task<IReadOnlyList<DueDomain>> ClaimDueDomainsAsync(DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id, claimed_at FROM claim_due_domains($1, $2)");
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DueDomain>();
        while (await reader.ReadAsync(cancellationToken)) due.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return due;
    }

    /// <summary>The providers that the people of an organisation may sign in with, for a page that nobody is signed in to.</summary>
    /// <param name="slugOrDomain">The tenant's short name, or one of its active domains in ASCII form.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<OfferedProvider>> SignInProvidersOfAsync(string slugOrDomain, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT slug, provider_id, name FROM sign_in_providers_of($1)");
        command.Parameters.Add(new() { Value = slugOrDomain });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var offered = new List<OfferedProvider>();
        while (await reader.ReadAsync(cancellationToken)) offered.Add(new(reader.GetString(0), reader.GetGuid(1), reader.GetString(2)));
        return offered;
    }

    private async Task TrimAsync(string sql, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = olderThan });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<TenantName>> TenantsAsync(string sql, string? argument, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        if (argument is not null) command.Parameters.Add(new() { Value = argument, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<TenantName>();
        while (await reader.ReadAsync(cancellationToken))
            tenants.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        return tenants;
    }
}

public sealed record TenantName(Guid Id, string Slug, string Name);

/// <param name="TenantId">Whose claim.</param>
/// <param name="DomainId">The claimed domain.</param>
/// <param name="ClaimedAt">Since when.</param>
public sealed record DueDomain(Guid TenantId, Guid DomainId, DateTimeOffset ClaimedAt);

/// <param name="Slug">Whose provider.</param>
/// <param name="Id">The provider.</param>
/// <param name="Name">What its button says.</param>
public sealed record OfferedProvider(string Slug, Guid Id, string Name);
