using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.Mailboxes;

/// <summary>
/// A page of mailboxes with all that its rows show, in one statement and so of one moment. Its rows are of several kinds: the mailboxes, the
/// tenant's few layers, and whatever hangs on the mailboxes; they are put together here. To join them in the database, or to look up the
/// latter mailbox by mailbox, costs twice as much.
/// </summary>
internal sealed class ListedRows(Guid tenantId)
{
    private enum Kind { Mailbox = 1, Tenant, Domain, Plan, Pod, Exception, Alias, SignIn, Check }

    private readonly List<(long Place, Mailbox Mailbox, string SortName)> mailboxes = [];
    private readonly Dictionary<Guid, Layer> layers = [];
    private readonly Dictionary<Guid, (string Name, PodKind Kind)> pods = [];
    private readonly Dictionary<Guid, List<AccessException>> exceptions = [];
    private readonly Dictionary<Guid, List<string>> aliases = [];
    private readonly Dictionary<Guid, LastSignIns> signIns = [];
    private readonly Dictionary<Guid, LastCheck> checks = [];

    private sealed record Layer(string Name, AccessSettings Access);

    /// <param name="tenant">The parameter that holds the tenant's id.</param>
    /// <param name="condition">Which rows of <c>mailbox m</c>, the tenant included.</param>
    /// <param name="order">In which order.</param>
    /// <param name="count">At most so many.</param>
    public static string Sql(string tenant, string condition, string order, int count) => $"""
        WITH p AS MATERIALIZED (
            SELECT row_number() OVER (ORDER BY {order}) AS place, m.id, m.domain_id, m.plan_id, m.pod_id, m.address, m.display_name, m.external_id,
                   m.sort_name, m.created_at, m.updated_at, m.version, m.pop3, m.imap, m.smtp, m.quota
            FROM mailbox m WHERE {condition} ORDER BY {order} LIMIT {count}),
        these AS MATERIALIZED (SELECT array_agg(p.id) AS ids FROM p)
        SELECT 1 AS kind, p.id, p.domain_id, p.plan_id, p.pod_id, p.address, p.display_name, p.external_id, p.sort_name, p.created_at, p.updated_at,
               p.version, p.place, p.pop3, p.imap, p.smtp, p.quota
        FROM p
        UNION ALL SELECT 2, id, NULL, NULL, NULL, name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pop3, imap, smtp, NULL FROM tenant WHERE id = {tenant}
        UNION ALL SELECT 3, id, NULL, NULL, NULL, name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pop3, imap, smtp, NULL FROM domain WHERE tenant_id = {tenant}
        UNION ALL SELECT 4, id, NULL, NULL, NULL, name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, pop3, imap, smtp, NULL FROM plan WHERE tenant_id = {tenant}
        UNION ALL SELECT 5, id, NULL, NULL, NULL, name, NULL, NULL, NULL, NULL, NULL, NULL, NULL, kind, NULL, NULL, NULL FROM pod WHERE tenant_id = {tenant}
        UNION ALL SELECT 6, e.mailbox_id, e.id, NULL, NULL, e.reason, NULL, NULL, NULL, e.starts_at, e.ends_at, NULL, NULL, e.protocol, e.effect, NULL, NULL
            FROM access_exception e
            WHERE e.tenant_id = {tenant} AND e.mailbox_id = ANY ((SELECT ids FROM these)::uuid[])
              AND e.starts_at <= now() AND (e.ends_at IS NULL OR now() < e.ends_at)
        UNION ALL SELECT 7, a.mailbox_id, NULL, NULL, NULL, a.address, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
            FROM mailbox_alias a WHERE a.tenant_id = {tenant} AND a.mailbox_id = ANY ((SELECT ids FROM these)::uuid[])
        UNION ALL SELECT 8, s.mailbox_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, max(s.last_at), NULL, NULL, NULL, s.protocol, NULL, NULL, NULL
            FROM sign_in_attempt s
            WHERE s.tenant_id = {tenant} AND s.mailbox_id = ANY ((SELECT ids FROM these)::uuid[]) AND s.result = 1
            GROUP BY s.mailbox_id, s.protocol
        UNION ALL SELECT 9, c.mailbox_id, NULL, NULL, NULL, c.verdict, NULL, NULL, NULL, c.at, NULL, NULL, NULL, c.protocol, NULL, NULL, NULL
            FROM (SELECT DISTINCT ON (k.mailbox_id) k.mailbox_id, k.verdict, k.at, k.protocol FROM connectivity_check k
                  WHERE k.tenant_id = {tenant} AND k.mailbox_id = ANY ((SELECT ids FROM these)::uuid[])
                  ORDER BY k.mailbox_id, k.at DESC) AS c
        """;

    public async Task<IReadOnlyList<ListedMailbox>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        while (await reader.ReadAsync(cancellationToken)) Take(reader);
        // A union promises no order.
        mailboxes.Sort((one, other) => one.Place.CompareTo(other.Place));
        return mailboxes.ConvertAll(row => Listed(row.Mailbox, row.SortName));
    }

    private void Take(NpgsqlDataReader row)
    {
        var id = row.GetGuid(1);
        switch ((Kind)row.GetInt32(0))
        {
            case Kind.Mailbox: mailboxes.Add((row.GetInt64(12), MailboxOf(row), row.GetString(8))); break;
            case Kind.Tenant or Kind.Domain or Kind.Plan: layers[id] = new(row.GetString(5), Settings(row)); break;
            case Kind.Pod: pods[id] = (row.GetString(5), (PodKind)row.GetInt16(13)); break;
            case Kind.Exception: Of(exceptions, id).Add(ExceptionOf(row)); break;
            case Kind.Alias: Of(aliases, id).Add(row.GetString(5)); break;
            case Kind.SignIn: signIns[id] = SignInsOf(id).With((MailProtocol)row.GetInt16(13), When(row, 9)); break;
            case Kind.Check: checks[id] = new((MailProtocol)row.GetInt16(13), row.GetString(5), When(row, 9)); break;
        }
    }

    private ListedMailbox Listed(Mailbox mailbox, string sortName)
    {
        var (tenant, domain, pod) = (layers[tenantId], layers[mailbox.DomainId], pods[mailbox.PodId]);
        var plan = mailbox.PlanId is { } id ? layers[id] : null;
        var decides = new AccessLayers(tenant.Access, domain.Access, plan?.Access, mailbox.Access, exceptions.GetValueOrDefault(mailbox.Id) ?? []);
        var others = aliases.GetValueOrDefault(mailbox.Id);
        others?.Sort(string.CompareOrdinal);
        return new(
            new(mailbox, pod.Kind, tenant.Name, domain.Name, plan?.Name, decides), pod.Name, others ?? [], SignInsOf(mailbox.Id),
            checks.GetValueOrDefault(mailbox.Id), sortName);
    }

    private Mailbox MailboxOf(NpgsqlDataReader row) => new()
    {
        TenantId = tenantId,
        Id = row.GetGuid(1),
        DomainId = row.GetGuid(2),
        PlanId = row.IsDBNull(3) ? null : row.GetGuid(3),
        PodId = row.GetGuid(4),
        Address = row.GetString(5),
        DisplayName = row.GetString(6),
        ExternalId = row.IsDBNull(7) ? null : row.GetString(7),
        CreatedAt = When(row, 9),
        UpdatedAt = When(row, 10),
        Version = row.GetInt64(11),
        Access = Settings(row),
        Quota = row.IsDBNull(16) ? null : row.GetInt64(16),
    };

    private AccessException ExceptionOf(NpgsqlDataReader row) => new()
    {
        TenantId = tenantId,
        MailboxId = row.GetGuid(1),
        Id = row.GetGuid(2),
        Reason = row.GetString(5),
        StartsAt = When(row, 9),
        EndsAt = row.IsDBNull(10) ? null : When(row, 10),
        Protocol = (MailProtocol)row.GetInt16(13),
        Effect = (ExceptionEffect)row.GetInt16(14),
        CreatedBy = "",
    };

    private LastSignIns SignInsOf(Guid mailbox) => signIns.GetValueOrDefault(mailbox) ?? LastSignIns.None;

    private static AccessSettings Settings(NpgsqlDataReader row) =>
        new((AccessSetting)row.GetInt16(13), (AccessSetting)row.GetInt16(14), (AccessSetting)row.GetInt16(15));

    private static DateTimeOffset When(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    private static List<T> Of<T>(Dictionary<Guid, List<T>> lists, Guid id)
    {
        if (!lists.TryGetValue(id, out var list)) lists[id] = list = [];
        return list;
    }
}
