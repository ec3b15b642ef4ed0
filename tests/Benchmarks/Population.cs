using System.Diagnostics;
using Npgsql;

namespace AdminPortal.Benchmarks;

/// <summary>
/// Fills a database with made-up tenants, the first of which holds half of all mailboxes, or all where it is alone. Rows are made by the
/// database itself, in one statement a table, and the search index is built afterwards.
/// </summary>
internal static class Population
{
    /// <summary>The slug of the tenant that holds half of all mailboxes.</summary>
    public const string LargestTenant = "tenant-1";

    /// <param name="ownerConnectionString">The owner's: row-level security lets it write for every tenant.</param>
    /// <param name="tenants">How many tenants.</param>
    /// <param name="mailboxes">How many in all; at least two for each tenant.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it took, statistics included.</returns>
    public static async Task<TimeSpan> FillAsync(string ownerConnectionString, int tenants, int mailboxes, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        await using var connection = new NpgsqlConnection(ownerConnectionString);
        await connection.OpenAsync(cancellationToken);
        foreach (var statement in Statements(tenants))
        {
            await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 0 };
            if (statement.Contains("$1", StringComparison.Ordinal)) command.Parameters.Add(new() { Value = mailboxes });
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
        return clock.Elapsed;
    }

    private static string[] Statements(int tenants) =>
    [
        "SET maintenance_work_mem = '1GB'",
        "DROP INDEX ix_mailbox_search",
        $"""
        INSERT INTO tenant (id, slug, name, pop3, imap, smtp, languages, version)
        SELECT new_uuid(), 'tenant-' || n, 'Tenant ' || n, 1, 1, 1, ARRAY['en', 'fr'], 1 FROM generate_series(1, {tenants}) AS n
        """,
        """
        INSERT INTO domain (tenant_id, id, name, pop3, imap, smtp, active_since, version)
        SELECT t.id, new_uuid(), t.slug || CASE n WHEN 1 THEN '' ELSE '-' || n END || '.example', 0, 0, 0, now(), 1
        FROM tenant t, generate_series(1, 3) AS n
        """,
        """
        INSERT INTO plan (tenant_id, id, name, pop3, imap, smtp, version)
        SELECT t.id, new_uuid(), p.name, p.pop3, p.imap, 0, 1
        FROM tenant t, (VALUES ('Office', 0, 0), ('Frontline', 0, 2), ('Archive', 2, 0)) AS p (name, pop3, imap)
        """,
        "INSERT INTO pod (tenant_id, id, name, kind, version) SELECT t.id, new_uuid(), 'Reference server', 1, 1 FROM tenant t",
        $"""
        INSERT INTO mailbox (tenant_id, id, address, display_name, domain_id, plan_id, pod_id, external_id, pop3, imap, smtp, version)
        SELECT t.id, new_uuid(),
               first.name || '.' || last.name || '.' || n || '@' || d.name,
               initcap(first.name) || ' ' || initcap(last.name) || ' ' || n,
               d.id, l.id, p.id, gen_random_uuid()::text,
               CASE WHEN n % 10 = 0 THEN 2 ELSE 0 END, 0, 0, 1
        FROM generate_series(1, $1) AS n
        JOIN tenant t ON t.slug = 'tenant-' || CASE WHEN n % 2 = 0 OR {tenants} = 1 THEN 1 ELSE 2 + n / 2 % {Math.Max(tenants - 1, 1)} END
        JOIN domain d ON d.tenant_id = t.id AND d.name = t.slug || '.example'
        JOIN plan l ON l.tenant_id = t.id AND l.name = (ARRAY['Office', 'Frontline', 'Archive'])[1 + n % 3]
        JOIN pod p ON p.tenant_id = t.id
        CROSS JOIN LATERAL (SELECT (ARRAY['adele', 'bruno', 'camille', 'dorothy', 'farid', 'grace', 'hugo', 'ines', 'james', 'lea'])[1 + n / 7 % 10] AS name) AS first
        CROSS JOIN LATERAL (SELECT (ARRAY['abbott', 'bernard', 'chevalier', 'dubois', 'evans', 'fournier', 'girard', 'hughes', 'keller', 'martin', 'nguyen'])[1 + n / 3 % 11] AS name) AS last
        """,
        "CREATE INDEX ix_mailbox_search ON mailbox USING gin (tenant_id, search_text gin_trgm_ops)",
        "VACUUM (ANALYZE) tenant, domain, plan, pod, mailbox",
    ];
}
