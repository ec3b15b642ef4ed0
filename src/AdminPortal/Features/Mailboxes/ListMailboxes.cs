using System.Text.Json;
using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.Mailboxes;

/// <summary>A mailbox with everything that a row of the list shows.</summary>
/// <param name="With">The mailbox, its layers and their names.</param>
/// <param name="PodName">The mail server that it is assigned to.</param>
/// <param name="Aliases">Its other addresses.</param>
/// <param name="LastSignIns">By protocol.</param>
/// <param name="LastCheck">The latest connectivity check, of whichever protocol.</param>
/// <param name="SortName">The name as the database sorts it: what lower case is differs between programs.</param>
internal sealed record ListedMailbox(
    MailboxWithLayers With, string PodName, IReadOnlyList<string> Aliases, LastSignIns LastSignIns, LastCheck? LastCheck, string SortName);

internal sealed record LastCheck(MailProtocol Protocol, string Verdict, DateTimeOffset At);

/// <summary>In which order a list of mailboxes stands; ascending, or descending with a minus before the word.</summary>
internal readonly record struct MailboxOrder(bool ByName, bool Descending)
{
    public static readonly MailboxOrder ByAddress = new(ByName: false, Descending: false);

    /// <summary>As in <c>?sort=-displayName</c>.</summary>
    public string Word => (Descending ? "-" : "") + (ByName ? "displayName" : "address");

    public string Sql => (ByName, Descending) switch
    {
        (false, false) => "m.address",
        (false, true) => "m.address DESC",
        (true, false) => "m.sort_name, m.id",
        (true, true) => "m.sort_name DESC, m.id DESC",
    };

    public static bool TryParse(string? word, IFormatProvider? _, out MailboxOrder order)
    {
        var descending = word is ['-', ..];
        var key = descending ? word![1..] : word;
        order = new(key == "displayName", descending);
        return key is "address" or "displayName";
    }
}

/// <summary>Where the next page begins: behind this key and id, in this order.</summary>
internal sealed record MailboxPosition(string Order, string Key, Guid Id);

/// <summary>
/// Finds mailboxes, a page at a time. Never OFFSET and never a count: a page costs the same at 1,000 and at 1,000,000, because it begins
/// in an index where the last one ended. One statement; the decision about access is made here, by <see cref="MailAccess"/>.
/// </summary>
internal sealed class ListMailboxes(TenantConnection connections, TenantScope scope, TimeProvider time)
{
    /// <summary>A search by substring looks no further than so many finds: whoever has more types on.</summary>
    private const int MostFound = 5_000;

    /// <param name="filter">Which mailboxes.</param>
    /// <param name="order">In which order.</param>
    /// <param name="after">The last row already shown, or null.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<ListedMailbox>> FindAsync(
        MailboxFilter filter, MailboxOrder order, MailboxPosition? after, int count, CancellationToken cancellationToken)
    {
        // Where nothing is filtered, one plan is right for every tenant and place; a filter's best plan depends on what it asks for.
        await using var connection = filter == MailboxFilter.Everything
            ? await connections.OpenForKeptPlansAsync(cancellationToken)
            : await connections.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand { Connection = connection };
        var condition = filter.ToSql(command.Parameters, scope.TenantId!.Value, MostFound);
        var behind = after is null ? "" : $"AND {Behind(command, order, after)}";
        // The count stands in the text: with a parameter the planner thinks of a tenth of all rows, and plans anew at every call.
        command.CommandText = Rows($"SELECT * FROM mailbox m WHERE {condition} {behind} ORDER BY {order.Sql} LIMIT {count}", order.Sql, Add(command, scope.TenantId.Value));
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>The mailbox with that id or primary address, as a row of the list; null where the tenant has no such mailbox.</summary>
    public async Task<ListedMailbox?> FindOneAsync(string addressOrId, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenForKeptPlansAsync(cancellationToken);
        await using var command = new NpgsqlCommand { Connection = connection };
        var key = Guid.TryParse(addressOrId, out var id) ? $"m.id = {Add(command, id)}" : $"m.address = {Add(command, MailAddressName.Normalise(addressOrId) ?? "")}";
        var tenant = Add(command, scope.TenantId!.Value);
        command.CommandText = Rows($"SELECT * FROM mailbox m WHERE m.tenant_id = {tenant} AND {key}", "m.id", tenant);
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    // As the index is: addresses are unique in a tenant, names are not.
    private static string Behind(NpgsqlCommand command, MailboxOrder order, MailboxPosition after)
    {
        var beyond = order.Descending ? "<" : ">";
        return order.ByName
            ? $"(m.sort_name, m.id) {beyond} ({Add(command, after.Key)}, {Add(command, after.Id)})"
            : $"m.address {beyond} {Add(command, after.Key)}";
    }

    // The tenant's layers are few: taken together once, rather than looked up row by row.
    private static string Rows(string page, string order, string tenant) => $"""
        WITH t AS MATERIALIZED (SELECT * FROM tenant WHERE id = {tenant}),
             d AS MATERIALIZED (SELECT * FROM domain WHERE tenant_id = {tenant}),
             l AS MATERIALIZED (SELECT * FROM plan WHERE tenant_id = {tenant}),
             o AS MATERIALIZED (SELECT * FROM pod WHERE tenant_id = {tenant})
        SELECT m.id, m.address, m.display_name, m.external_id, m.created_at, m.updated_at, m.version, m.pop3, m.imap, m.smtp,
               t.name, t.pop3, t.imap, t.smtp, d.name, d.pop3, d.imap, d.smtp, l.name, l.pop3, l.imap, l.smtp, o.name, o.kind,
               x.in_force, a.addresses, s.pop3, s.imap, s.smtp, c.protocol, c.verdict, c.at, m.sort_name
        FROM ({page}) AS m
        CROSS JOIN t
        JOIN d ON d.id = m.domain_id
        JOIN o ON o.id = m.pod_id
        LEFT JOIN l ON l.id = m.plan_id
        LEFT JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object('id', e.id, 'protocol', e.protocol, 'effect', e.effect, 'reason', e.reason,
                                                'startsAt', e.starts_at, 'endsAt', e.ends_at)) AS in_force
            FROM access_exception e
            WHERE e.tenant_id = m.tenant_id AND e.mailbox_id = m.id AND e.starts_at <= now() AND (e.ends_at IS NULL OR now() < e.ends_at)) AS x ON true
        LEFT JOIN LATERAL (
            SELECT array_agg(n.address ORDER BY n.address) AS addresses FROM mailbox_alias n
            WHERE n.tenant_id = m.tenant_id AND n.mailbox_id = m.id) AS a ON true
        LEFT JOIN LATERAL (
            SELECT max(i.last_at) FILTER (WHERE i.protocol = 1) AS pop3, max(i.last_at) FILTER (WHERE i.protocol = 2) AS imap,
                   max(i.last_at) FILTER (WHERE i.protocol = 3) AS smtp
            FROM sign_in_attempt i WHERE i.tenant_id = m.tenant_id AND i.mailbox_id = m.id AND i.result = 1) AS s ON true
        LEFT JOIN LATERAL (
            SELECT k.protocol, k.verdict, k.at FROM connectivity_check k
            WHERE k.tenant_id = m.tenant_id AND k.mailbox_id = m.id ORDER BY k.at DESC LIMIT 1) AS c ON true
        ORDER BY {order}
        """;

    private async Task<IReadOnlyList<ListedMailbox>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<ListedMailbox>();
        while (await reader.ReadAsync(cancellationToken)) rows.Add(Row(reader));
        return rows;
    }

    private ListedMailbox Row(NpgsqlDataReader row)
    {
        var mailbox = new Mailbox
        {
            TenantId = scope.TenantId!.Value,
            Id = row.GetGuid(0),
            Address = row.GetString(1),
            DisplayName = row.GetString(2),
            ExternalId = row.IsDBNull(3) ? null : row.GetString(3),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(4),
            UpdatedAt = row.GetFieldValue<DateTimeOffset>(5),
            Version = row.GetInt64(6),
            Access = Settings(row, 7),
        };
        var layers = new AccessLayers(
            Settings(row, 11), Settings(row, 15), row.IsDBNull(18) ? null : Settings(row, 19), mailbox.Access, row.IsDBNull(24) ? [] : Exceptions(row.GetString(24), mailbox));
        return new(
            new(mailbox, (PodKind)row.GetInt16(23), row.GetString(10), row.GetString(14), row.IsDBNull(18) ? null : row.GetString(18), layers),
            row.GetString(22),
            row.IsDBNull(25) ? [] : row.GetFieldValue<string[]>(25),
            new(When(row, 26), When(row, 27), When(row, 28)),
            row.IsDBNull(29) ? null : new((MailProtocol)row.GetInt16(29), row.GetString(30), row.GetFieldValue<DateTimeOffset>(31)),
            row.GetString(32));
    }

    private static AccessSettings Settings(NpgsqlDataReader row, int from) =>
        new((AccessSetting)row.GetInt16(from), (AccessSetting)row.GetInt16(from + 1), (AccessSetting)row.GetInt16(from + 2));

    private static DateTimeOffset? When(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static List<AccessException> Exceptions(string json, Mailbox mailbox) => JsonSerializer.Deserialize<List<ExceptionInForce>>(json, JsonSerializerOptions.Web)!
        .ConvertAll(e => new AccessException
        {
            TenantId = mailbox.TenantId,
            MailboxId = mailbox.Id,
            Id = e.Id,
            Protocol = e.Protocol,
            Effect = e.Effect,
            Reason = e.Reason,
            StartsAt = e.StartsAt,
            EndsAt = e.EndsAt,
            CreatedBy = "",
        });

    private sealed record ExceptionInForce(Guid Id, MailProtocol Protocol, ExceptionEffect Effect, string Reason, DateTimeOffset StartsAt, DateTimeOffset? EndsAt);

    private static string Add<T>(NpgsqlCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return $"${command.Parameters.Count}";
    }

    /// <summary>The moment at which a page's decisions are taken.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    public static MailboxPosition PositionOf(ListedMailbox row, MailboxOrder order) =>
        new(order.Word, order.ByName ? row.SortName : row.With.Mailbox.Address, row.With.Mailbox.Id);
}
