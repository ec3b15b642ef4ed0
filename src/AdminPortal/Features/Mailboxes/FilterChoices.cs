using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.Mailboxes;

/// <summary>What the list can be narrowed to, and how many mailboxes there are at all.</summary>
/// <param name="Total">All of the tenant's, kept by the database as mailboxes come and go: nothing is counted for a page.</param>
/// <param name="Plans">Names, in order; at most <see cref="GetFilterChoices.Most"/>.</param>
/// <param name="Domains">Likewise.</param>
internal sealed record FilterChoices(long Total, IReadOnlyList<string> Plans, IReadOnlyList<string> Domains);

/// <summary>One statement, and three look-ups in indexes.</summary>
internal sealed class GetFilterChoices(StatelessQueries queries, TenantScope scope)
{
    /// <summary>A menu longer than this helps nobody; the address takes any name.</summary>
    public const int Most = 100;

    private const string Sql = """
        SELECT coalesce((SELECT c.mailboxes FROM tenant_counter c WHERE c.tenant_id = $1), 0),
               ARRAY(SELECT l.name FROM plan l WHERE l.tenant_id = $1 ORDER BY lower(l.name) LIMIT $2),
               ARRAY(SELECT d.name FROM domain d WHERE d.tenant_id = $1 ORDER BY d.name LIMIT $2)
        """;

    public Task<FilterChoices> ReadAsync(CancellationToken cancellationToken)
    {
        var tenant = scope.TenantId!.Value;
        var question = new NpgsqlBatchCommand(Sql) { Parameters = { new() { Value = tenant }, new() { Value = Most } } };
        return queries.AskAsync(tenant, question, ReadAsync, cancellationToken);
    }

    private static async Task<FilterChoices> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        return new(reader.GetInt64(0), reader.GetFieldValue<string[]>(1), reader.GetFieldValue<string[]>(2));
    }
}
