using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.MailAccess;

/// <summary>One accepted wish to change the settings of one mailbox.</summary>
/// <param name="MailboxId">Whose.</param>
/// <param name="Changes">What shall become of them.</param>
/// <param name="State">Only if it is still in that state (<see cref="FoundAccess.State"/>); null in any.</param>
/// <param name="By">Who wishes it; taken at the time of the wish.</param>
/// <param name="Reason">Why.</param>
public sealed record AccessWrite(Guid MailboxId, AccessChanges Changes, long? State, Actor By, string? Reason);

/// <summary>What became of a wish.</summary>
/// <param name="Before">The mailbox as it was.</param>
/// <param name="Now">The mailbox as it is.</param>
/// <param name="IsStale">It was in another state than expected: nothing was written.</param>
/// <param name="AuditEventId">The record of the change; null where nothing was written.</param>
public sealed record AccessWritten(MailboxAccess Before, MailboxAccess Now, bool IsStale, long? AuditEventId);

/// <summary>
/// Changes the access of several mailboxes of one tenant at once, each for a wish of its own: one row of the audit trail, one entry of the change
/// feed and one step of the version for every wish that changes something. One statement, so that it happens entirely or not at all.
/// </summary>
public sealed class AccessStatement(StatelessQueries queries, TimeProvider time)
{
    // Rows are locked in the order of ids, like those of a bulk change. What is decided is decided about the locked rows.
    private static readonly string Sql = $"""
        WITH asked AS (
            SELECT * FROM unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                AS a (id, new_pop3, new_imap, new_smtp, seen, actor_name, actor_kind, actor_id, reason, remote_address, user_agent)),
        locked AS MATERIALIZED (
            SELECT m.* FROM mailbox m WHERE m.tenant_id = $1 AND m.id = ANY ($3) ORDER BY m.id FOR NO KEY UPDATE),
        found AS MATERIALIZED ({FoundAccess.Sql("SELECT * FROM locked")}),
        wanted AS MATERIALIZED (
            SELECT f.id, f.address, f.pop3, f.imap, f.smtp, coalesce(a.new_pop3, f.pop3) AS new_pop3, coalesce(a.new_imap, f.imap) AS new_imap,
                   coalesce(a.new_smtp, f.smtp) AS new_smtp, a.seen <> f.state AS is_stale,
                   a.actor_name, a.actor_kind, a.actor_id, a.reason, a.remote_address, a.user_agent
            FROM asked a JOIN found f ON f.id = a.id),
        differing AS MATERIALIZED (
            SELECT w.* FROM wanted w WHERE w.is_stale IS NOT TRUE AND (w.pop3, w.imap, w.smtp) <> (w.new_pop3, w.new_imap, w.new_smtp)),
        changed AS (
            UPDATE mailbox m SET pop3 = w.new_pop3, imap = w.new_imap, smtp = w.new_smtp, version = m.version + 1, updated_at = now()
            FROM differing w WHERE m.tenant_id = $1 AND m.id = w.id),
        fed AS (INSERT INTO change_feed (tenant_id, mailbox_id) SELECT $1, w.id FROM differing w),
        audited AS (
            INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, before, after, reason,
                                     remote_address, user_agent)
            SELECT $1, w.actor_name, w.actor_kind, w.actor_id, '{AuditActions.MailAccessChanged}', 'mailbox', w.id, w.address,
                   {Words("")}, {Words("new_")}, w.reason, w.remote_address, w.user_agent
            FROM differing w
            RETURNING target_id, id)
        SELECT f.*, w.new_pop3, w.new_imap, w.new_smtp, w.is_stale IS TRUE, d.id
        FROM wanted w JOIN found f ON f.id = w.id LEFT JOIN audited d ON d.target_id = w.id
        """;

    // The settings that differ, as words.
    private static string Words(string side) => $"""
        jsonb_strip_nulls(jsonb_build_object({string.Join(", ", Data.MailAccess.Protocols.Select(p => p.Word()).Select(p =>
            $"'{p}', CASE WHEN w.{p} <> w.new_{p} THEN (ARRAY['inherit', 'enabled', 'disabled'])[w.{side}{p} + 1] END"))}))
        """;

    /// <param name="tenantId">Whose mailboxes.</param>
    /// <param name="writes">Each of another mailbox.</param>
    /// <param name="patience">How long to wait for rows that somebody else holds.</param>
    /// <returns>By mailbox; one that the tenant does not have is absent.</returns>
    public Task<Dictionary<Guid, AccessWritten>> CarryOutAsync(Guid tenantId, IReadOnlyList<AccessWrite> writes, TimeSpan? patience)
    {
        var at = time.GetUtcNow();
        var question = new NpgsqlBatchCommand(Sql)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = tenantId },
                new NpgsqlParameter<DateTimeOffset> { TypedValue = at },
                Column(w => w.MailboxId),
                Column(w => (short?)w.Changes.Pop3),
                Column(w => (short?)w.Changes.Imap),
                Column(w => (short?)w.Changes.Smtp),
                Column(w => w.State),
                Column(w => w.By.Name),
                Column(w => (short)w.By.Kind),
                Column(w => w.By.Id),
                Column(w => string.IsNullOrWhiteSpace(w.Reason) ? null : w.Reason.Trim()),
                Column(w => w.By.RemoteAddress),
                Column(w => w.By.UserAgent),
            },
        };
        // Once it is asked, it is asked to the end: whoever wished it may go, the others of the same statement may not be taken along.
        return queries.AskAsync(tenantId, question, (reader, token) => ReadAsync(reader, tenantId, at, token), CancellationToken.None, patience);

        NpgsqlParameter Column<T>(Func<AccessWrite, T> value) => new NpgsqlParameter<T[]> { TypedValue = [.. writes.Select(value)] };
    }

    private static async Task<Dictionary<Guid, AccessWritten>> ReadAsync(NpgsqlDataReader row, Guid tenantId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var written = new Dictionary<Guid, AccessWritten>();
        while (await row.ReadAsync(cancellationToken))
        {
            var before = FoundAccess.Read(row, tenantId, at).Access;
            var isStale = row.GetBoolean(FoundAccess.Columns + 3);
            long? record = row.IsDBNull(FoundAccess.Columns + 4) ? null : row.GetInt64(FoundAccess.Columns + 4);
            written[before.Mailbox.Id] = new(before, record is null ? before : before.Having(Settings(row)), isStale, record);
        }
        return written;
    }

    private static AccessSettings Settings(NpgsqlDataReader row) => new(
        (AccessSetting)row.GetInt16(FoundAccess.Columns), (AccessSetting)row.GetInt16(FoundAccess.Columns + 1), (AccessSetting)row.GetInt16(FoundAccess.Columns + 2));
}
