using AdminPortal.Data;

namespace AdminPortal.Features.MailAccess;

/// <summary>Who last said something about one protocol in one layer, from the audit trail.</summary>
/// <param name="Layer">Where.</param>
/// <param name="Protocol">About what.</param>
/// <param name="Setting">What was said.</param>
/// <param name="By">The actor, as the audit page names them.</param>
/// <param name="At">When.</param>
/// <param name="Reason">Why, if they said.</param>
public sealed record AccessChangeOnRecord(DecidedBy Layer, MailProtocol Protocol, AccessSetting Setting, string By, DateTimeOffset At, string? Reason);

/// <summary>
/// Finds who set each layer and when. A layer's setting has no columns for that: the audit trail is the one place that knows, and its index
/// by target makes each answer a look at the newest events of that target.
/// </summary>
public sealed class AccessHistory(TenantConnection connections)
{
    private const string Sql = """
        SELECT l.layer, p.protocol, a.setting, a.actor_name, a.at, a.reason
        FROM unnest($2, $3) AS l (layer, target_id)
        CROSS JOIN (VALUES (1::smallint, 'pop3'), (2::smallint, 'imap'), (3::smallint, 'smtp')) AS p (protocol, word)
        CROSS JOIN LATERAL (
            SELECT e.after ->> p.word AS setting, e.actor_name, e.at, e.reason FROM audit_event e
            WHERE e.tenant_id = $1 AND e.target_id = l.target_id AND e.after ->> p.word IS NOT NULL
            ORDER BY e.id DESC
            LIMIT 1) AS a
        """;

    /// <summary>By layer and protocol; what was never changed (a tenant's first settings) is absent.</summary>
    public async Task<IReadOnlyDictionary<(DecidedBy Layer, MailProtocol Protocol), AccessChangeOnRecord>> OfAsync(
        MailboxAccess access, CancellationToken cancellationToken)
    {
        var layers = LayersOf(access.Mailbox).ToArray();
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = Sql;
        command.Parameters.Add(new() { Value = access.Mailbox.TenantId });
        command.Parameters.Add(new() { Value = layers.Select(l => (short)l.Layer).ToArray() });
        command.Parameters.Add(new() { Value = layers.Select(l => l.Target).ToArray() });

        var found = new Dictionary<(DecidedBy, MailProtocol), AccessChangeOnRecord>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (AccessWords.ReadSetting(reader.GetString(2)) is not { } setting) continue;
            var change = new AccessChangeOnRecord(
                (DecidedBy)reader.GetInt16(0), (MailProtocol)reader.GetInt16(1), setting, reader.GetString(3),
                reader.GetFieldValue<DateTimeOffset>(4), reader.IsDBNull(5) ? null : reader.GetString(5));
            found[(change.Layer, change.Protocol)] = change;
        }
        return found;
    }

    private static IEnumerable<(DecidedBy Layer, Guid Target)> LayersOf(Mailbox mailbox)
    {
        yield return (DecidedBy.Mailbox, mailbox.Id);
        if (mailbox.PlanId is { } plan) yield return (DecidedBy.Plan, plan);
        yield return (DecidedBy.Domain, mailbox.DomainId);
        yield return (DecidedBy.Tenant, mailbox.TenantId);
    }
}
