using System.Text.Json;
using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.MailAccess;

/// <summary>A mailbox's access as the database holds it: to be shown, or to be changed exactly as it was seen.</summary>
/// <param name="Access">The mailbox and its layers.</param>
/// <param name="State">Another one whenever anything that decides changes: the mailbox, its plan, domain or tenant, an exception in force.</param>
internal sealed record FoundAccess(MailboxAccess Access, long State)
{
    /// <summary>How many columns <see cref="Read"/> takes.</summary>
    public const int Columns = 23;

    /// <summary>Finds mailboxes with their layers; <c>$1</c> is the tenant, <c>$2</c> the moment.</summary>
    /// <param name="mailboxes">A query for rows of <c>mailbox</c>.</param>
    public static string Sql(string mailboxes) => $"""
        SELECT m.id, m.address, m.display_name, m.domain_id, m.plan_id, m.pop3, m.imap, m.smtp, o.kind,
               t.name AS tenant_name, t.pop3 AS tenant_pop3, t.imap AS tenant_imap, t.smtp AS tenant_smtp,
               d.name AS domain_name, d.pop3 AS domain_pop3, d.imap AS domain_imap, d.smtp AS domain_smtp,
               l.name AS plan_name, l.pop3 AS plan_pop3, l.imap AS plan_imap, l.smtp AS plan_smtp, x.in_force,
               hashtextextended(concat_ws(' ', m.version, t.version, d.version, l.version, x.in_force), 0) AS state
        FROM ({mailboxes}) AS m
        JOIN tenant t ON t.id = $1
        JOIN domain d ON d.tenant_id = $1 AND d.id = m.domain_id
        JOIN pod o ON o.tenant_id = $1 AND o.id = m.pod_id
        LEFT JOIN plan l ON l.tenant_id = $1 AND l.id = m.plan_id
        CROSS JOIN LATERAL (
            SELECT jsonb_agg(jsonb_build_object(
                       'id', e.id, 'protocol', e.protocol, 'effect', e.effect, 'reason', e.reason, 'startsAt', e.starts_at, 'endsAt', e.ends_at,
                       'createdBy', e.created_by, 'createdAt', e.created_at, 'version', e.version) ORDER BY e.id) AS in_force
            FROM access_exception e
            WHERE e.tenant_id = $1 AND e.mailbox_id = m.id AND e.starts_at <= $2 AND (e.ends_at IS NULL OR $2 < e.ends_at)) AS x
        """;

    /// <summary>Reads a row that begins with the columns of <see cref="Sql"/>.</summary>
    public static FoundAccess Read(NpgsqlDataReader row, Guid tenantId, DateTimeOffset at)
    {
        var mailbox = new Mailbox
        {
            TenantId = tenantId,
            Id = row.GetGuid(0),
            Address = row.GetString(1),
            DisplayName = row.GetString(2),
            DomainId = row.GetGuid(3),
            PlanId = row.IsDBNull(4) ? null : row.GetGuid(4),
            Access = Settings(row, 5),
        };
        var plan = mailbox.PlanId is null ? null : row.GetString(17);
        var layers = new AccessLayers(
            Settings(row, 10), Settings(row, 14), plan is null ? null : Settings(row, 18), mailbox.Access,
            row.IsDBNull(21) ? [] : Exceptions(row.GetString(21), mailbox));
        return new(new(new(mailbox, (PodKind)row.GetInt16(8), row.GetString(9), row.GetString(13), plan, layers), at), row.GetInt64(22));
    }

    private static AccessSettings Settings(NpgsqlDataReader row, int from) =>
        new((AccessSetting)row.GetInt16(from), (AccessSetting)row.GetInt16(from + 1), (AccessSetting)row.GetInt16(from + 2));

    private static List<AccessException> Exceptions(string json, Mailbox mailbox) =>
        JsonSerializer.Deserialize<List<InForce>>(json, JsonSerializerOptions.Web)!.ConvertAll(e => new AccessException
        {
            TenantId = mailbox.TenantId,
            MailboxId = mailbox.Id,
            Id = e.Id,
            Protocol = e.Protocol,
            Effect = e.Effect,
            Reason = e.Reason,
            StartsAt = e.StartsAt,
            EndsAt = e.EndsAt,
            CreatedBy = e.CreatedBy,
            CreatedAt = e.CreatedAt,
            Version = e.Version,
        });

    private sealed record InForce(
        Guid Id, MailProtocol Protocol, ExceptionEffect Effect, string Reason, DateTimeOffset StartsAt, DateTimeOffset? EndsAt, string CreatedBy,
        DateTimeOffset CreatedAt, long Version);
}
