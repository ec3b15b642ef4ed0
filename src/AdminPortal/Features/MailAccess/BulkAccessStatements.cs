using AdminPortal.Data;
using AdminPortal.Jobs;
using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// The set-based SQL of bulk changes, shown in full. Common to all: <c>selected</c> are the mailboxes meant, <c>wanted</c> those of them that may
/// be changed, with their new settings; rows are locked in the order of ids, so that two bulk changes queue instead of deadlocking.
/// In SQL a setting is 0 inherit, 1 enabled, 2 disabled; in audit events and operation items it is a word.
/// </summary>
public sealed class BulkAccessStatements(TenantConnection connections, TenantScope scope, Actor actor)
{
    // All of it in one statement: rows that differ are updated, each with its audit event; every mailbox gets its item, with before and
    // after for the undo; one entry of the change feed stands for the whole tenant. No two of these sets are joined with each other: the
    // planner cannot know how large they are, and a nested loop over 100,000 by 100,000 would never end.
    private const string CarryOut = $"""
        changed AS (
            UPDATE mailbox m SET pop3 = w.new_pop3, imap = w.new_imap, smtp = w.new_smtp, version = m.version + 1, updated_at = now()
            FROM wanted w
            WHERE m.tenant_id = $1 AND m.id = w.id AND (w.pop3, w.imap, w.smtp) <> (w.new_pop3, w.new_imap, w.new_smtp)),
        told AS MATERIALIZED (
            SELECT w.id, w.address, (w.pop3, w.imap, w.smtp) <> (w.new_pop3, w.new_imap, w.new_smtp) AS is_changed,
                   jsonb_strip_nulls(jsonb_build_object(
                       'pop3', CASE WHEN w.pop3 <> w.new_pop3 THEN {Words}[w.pop3 + 1] END,
                       'imap', CASE WHEN w.imap <> w.new_imap THEN {Words}[w.imap + 1] END,
                       'smtp', CASE WHEN w.smtp <> w.new_smtp THEN {Words}[w.smtp + 1] END)) AS before,
                   jsonb_strip_nulls(jsonb_build_object(
                       'pop3', CASE WHEN w.pop3 <> w.new_pop3 THEN {Words}[w.new_pop3 + 1] END,
                       'imap', CASE WHEN w.imap <> w.new_imap THEN {Words}[w.new_imap + 1] END,
                       'smtp', CASE WHEN w.smtp <> w.new_smtp THEN {Words}[w.new_smtp + 1] END)) AS after
            FROM wanted w),
        audited AS (
            INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, before, after,
                                     reason, operation_id, remote_address)
            SELECT $1, $3, $4, $5, $6, 'mailbox', t.id, t.address, t.before, t.after, $7, $2, $8 FROM told t WHERE t.is_changed),
        fed AS (
            INSERT INTO change_feed (tenant_id) SELECT $1 WHERE EXISTS (SELECT FROM told t WHERE t.is_changed)),
        outcomes AS (
            SELECT 1 AS rank, NULL::uuid AS mailbox_id, r.name, 'refused' AS outcome, r.why, NULL::jsonb AS before, NULL::jsonb AS after FROM refused r
            UNION ALL SELECT 2, t.id, t.address, 'changed', NULL, t.before, t.after FROM told t WHERE t.is_changed
            UNION ALL SELECT 3, t.id, t.address, 'unchanged', NULL, NULL, NULL FROM told t WHERE NOT t.is_changed),
        items AS (
            INSERT INTO operation_item (tenant_id, operation_id, position, mailbox_id, name, outcome, why, before, after)
            SELECT $1, $2, row_number() OVER (ORDER BY o.rank, o.name COLLATE "C"), o.mailbox_id, o.name, o.outcome, o.why, o.before, o.after
            FROM outcomes o
            RETURNING outcome)
        SELECT count(*) FILTER (WHERE outcome = 'changed')::int, count(*) FILTER (WHERE outcome = 'unchanged')::int,
               count(*) FILTER (WHERE outcome = 'refused')::int
        FROM items
        """;

    // What an undo takes back: what the operation changed, where each setting still is as it left it. Protocols that it did not touch
    // may have been changed since: they stay.
    private const string WantedByUndo = $"""
        left_by AS MATERIALIZED (
            SELECT i.mailbox_id, i.name,
                   (array_position({Words}, i.before ->> 'pop3') - 1)::smallint AS pop3_before, (array_position({Words}, i.after ->> 'pop3') - 1)::smallint AS pop3_after,
                   (array_position({Words}, i.before ->> 'imap') - 1)::smallint AS imap_before, (array_position({Words}, i.after ->> 'imap') - 1)::smallint AS imap_after,
                   (array_position({Words}, i.before ->> 'smtp') - 1)::smallint AS smtp_before, (array_position({Words}, i.after ->> 'smtp') - 1)::smallint AS smtp_after
            FROM operation_item i
            WHERE i.tenant_id = $1 AND i.operation_id = $9 AND i.outcome = 'changed'),
        selected AS MATERIALIZED (
            SELECT m.id, m.address, m.pop3, m.imap, m.smtp, l.name,
                   coalesce(l.pop3_before, m.pop3) AS new_pop3, coalesce(l.imap_before, m.imap) AS new_imap, coalesce(l.smtp_before, m.smtp) AS new_smtp,
                   coalesce(l.pop3_after = m.pop3, true) AND coalesce(l.imap_after = m.imap, true) AND coalesce(l.smtp_after = m.smtp, true) AS is_as_left
            FROM left_by l JOIN mailbox m ON m.tenant_id = $1 AND m.id = l.mailbox_id
            ORDER BY m.id FOR NO KEY UPDATE OF m),
        wanted AS MATERIALIZED (SELECT s.* FROM selected s WHERE s.is_as_left),
        refused AS (
            SELECT s.name, 'changedSince' AS why FROM selected s WHERE NOT s.is_as_left
            UNION ALL
            SELECT l.name, 'notFound' FROM left_by l WHERE NOT EXISTS (SELECT FROM mailbox m WHERE m.tenant_id = $1 AND m.id = l.mailbox_id))
        """;

    private const string Words = "(ARRAY['inherit', 'enabled', 'disabled'])";

    /// <summary>What the change would do now. Nothing is locked, nothing is written.</summary>
    public async Task<BulkPreview> PreviewAsync(BulkAccessChange change, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.Parameters.Add(new() { Value = scope.TenantId });
        command.CommandText = $"""
            WITH {Wanted(change, command.Parameters, locking: "")},
            differing AS (SELECT w.* FROM wanted w WHERE (w.pop3, w.imap, w.smtp) <> (w.new_pop3, w.new_imap, w.new_smtp))
            SELECT (SELECT count(*) FROM wanted)::int,
                   (SELECT count(*) FROM differing)::int,
                   (SELECT count(*) FROM differing w WHERE EXISTS (
                        SELECT FROM sign_in_attempt a
                        WHERE a.tenant_id = $1 AND a.mailbox_id = w.id AND a.result = 1 AND a.last_at > now() - interval '30 days'
                          AND (a.protocol = 1 AND w.pop3 <> 2 AND w.new_pop3 = 2 OR a.protocol = 2 AND w.imap <> 2 AND w.new_imap = 2
                               OR a.protocol = 3 AND w.smtp <> 2 AND w.new_smtp = 2)))::int,
                   ARRAY(SELECT r.name FROM refused r ORDER BY r.name COLLATE "C")
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (matched, willChange) = (reader.GetInt32(0), reader.GetInt32(1));
        var refused = reader.GetFieldValue<string[]>(3).Select(name => new RefusedItem(name, "notFound")).ToList();
        return new(matched, willChange, matched - willChange, refused, reader.GetInt32(2));
    }

    /// <summary>Carries the change out, records it and ends the operation, in one commit.</summary>
    public async Task ChangeAsync(OperationRun run, BulkAccessChange change, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = CarryOutCommand(connection, run);
        command.CommandText = $"WITH {Wanted(change, command.Parameters, locking: "ORDER BY m.id FOR NO KEY UPDATE")}, {CarryOut}";
        await CommitAsync(command, run, cancellationToken);
    }

    /// <summary>Takes back what the original changed, where it is still as the original left it. The same commit.</summary>
    public async Task UndoAsync(OperationRun run, Guid original, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = CarryOutCommand(connection, run);
        command.Parameters.Add(new() { Value = original });
        command.CommandText = $"WITH {WantedByUndo}, {CarryOut}";
        await CommitAsync(command, run, cancellationToken);
    }

    private static async Task CommitAsync(NpgsqlCommand command, OperationRun run, CancellationToken cancellationToken)
    {
        await using var transaction = await command.Connection!.BeginTransactionAsync(cancellationToken);
        OperationCounts counts;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            counts = new(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2));
        }
        await run.FinishAsync(command.Connection, counts, cancellationToken);
        // From here on it is done or not done; nobody can cancel half a commit.
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>The parameters of <see cref="CarryOut"/>, <c>$1</c> to <c>$8</c>. No time limit: it may wait for somebody else's rows.</summary>
    private NpgsqlCommand CarryOutCommand(NpgsqlConnection connection, OperationRun run) => new()
    {
        Connection = connection,
        CommandTimeout = 0,
        Parameters =
        {
            new() { Value = run.TenantId },
            new() { Value = run.Id },
            new() { Value = actor.Name },
            new() { Value = (short)actor.Kind },
            new() { Value = (object?)actor.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            new() { Value = AuditActions.MailAccessChanged },
            new() { Value = (object?)run.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)actor.RemoteAddress ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    private string Wanted(BulkAccessChange change, NpgsqlParameterCollection parameters, string locking)
    {
        var (condition, notFound) = Selected(change.Selection, parameters);
        return $"""
            selected AS MATERIALIZED (
                SELECT m.id, m.address, m.pop3, m.imap, m.smtp FROM mailbox m WHERE {condition} {locking}),
            wanted AS (
                SELECT s.*, {New(MailProtocol.Pop3, "s.pop3")} AS new_pop3, {New(MailProtocol.Imap, "s.imap")} AS new_imap,
                       {New(MailProtocol.Smtp, "s.smtp")} AS new_smtp
                FROM selected s),
            refused AS ({notFound})
            """;

        string New(MailProtocol protocol, string column) => change.Changes[protocol] is { } setting ? $"{(short)setting}::smallint" : column;
    }

    /// <summary>The condition on <c>mailbox m</c>, and which of the named are not there. A filter names nobody. Mostly all are there, which a count
    /// tells sooner than a look at every mailbox of the tenant.</summary>
    private (string Condition, string NotFound) Selected(BulkSelection selection, NpgsqlParameterCollection parameters)
    {
        if (selection.Filter is { } filter)
            return (filter.ToSql(parameters, scope.TenantId!.Value), "SELECT NULL::text AS name, NULL::text AS why WHERE false");

        if (selection.Ids is { } ids)
        {
            parameters.Add(new() { Value = ids.Distinct().ToArray() });
            var given = $"${parameters.Count}";
            return ($"m.tenant_id = $1 AND m.id = ANY ({given})", $"""
                SELECT n.id::text AS name, 'notFound' AS why FROM unnest({given}) AS n (id)
                WHERE (SELECT count(*) FROM selected) < cardinality({given})
                  AND NOT EXISTS (SELECT FROM mailbox f WHERE f.tenant_id = $1 AND f.id = n.id)
                """);
        }

        // What is no address at all stays as it was written, and is not found.
        parameters.Add(new() { Value = selection.Addresses!.Select(a => MailAddressName.Normalise(a) ?? a).Distinct().ToArray() });
        var addresses = $"${parameters.Count}";
        return ($"m.tenant_id = $1 AND m.address = ANY ({addresses})", $"""
            SELECT n.name, 'notFound' AS why FROM unnest({addresses}) AS n (name)
            WHERE (SELECT count(*) FROM selected) < cardinality({addresses})
              AND NOT EXISTS (SELECT FROM mailbox f WHERE f.tenant_id = $1 AND f.address = n.name)
            """);
    }
}
