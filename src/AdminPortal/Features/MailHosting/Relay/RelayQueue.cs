using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Delivery;
using AdminPortal.Features.MailHosting.Store;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Relay;

/// <summary>What an attempt has changed: the recipients' fates, what the sender is told of them, and when it goes on.</summary>
/// <param name="Recipients">Those whose row changes.</param>
/// <param name="Reports">Messages for the sender's INBOX.</param>
/// <param name="RetryIn">Null: nobody waits any more.</param>
/// <param name="DelayTold">Whether the sender knows by now that it takes long.</param>
internal sealed record Settlement(IReadOnlyList<RelayedTo> Recipients, IReadOnlyList<byte[]> Reports, TimeSpan? RetryIn, bool DelayTold);

/// <summary>
/// The queue's rows behind their tenant's wall. A message is settled in one commit with the reports about it, and only by whoever holds its
/// latest claim: so a recipient's fate is reported once.
/// </summary>
internal sealed class RelayQueue(MailDatabase database, CrossTenant crossTenant, LocalDelivery delivery)
{
    /// <returns>Null when it is gone, or nobody's claim any more.</returns>
    public Task<RelayedMail?> ReadAsync(ClaimedMessage claim, CancellationToken cancellationToken) => database.InTenantAsync(
        claim.TenantId,
        async connection =>
        {
            await using var batch = Sql.Batch(
                connection,
                Sql.Command(
                    """
                    SELECT m.mailbox_id, m.sender, m.envelope_id, m.returns_whole, m.is_utf8, m.content, m.queued_at, m.is_cancelled, m.delay_told,
                           coalesce(b.language, t.languages[1], 'en')
                    FROM relayed_message m JOIN tenant t ON t.id = m.tenant_id
                    LEFT JOIN mailbox b ON b.tenant_id = m.tenant_id AND b.id = m.mailbox_id
                    WHERE m.tenant_id = $1 AND m.id = $2 AND m.attempts = $3 AND m.state = 2
                    """,
                    claim.TenantId, claim.Id, claim.Attempts),
                Sql.Command(
                    """
                    SELECT position, address, notify, original_address, state, status, said FROM relayed_recipient
                    WHERE tenant_id = $1 AND message_id = $2 AND state IN (1, 4) ORDER BY position
                    """,
                    claim.TenantId, claim.Id));
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken)) return null;
            var mail = new RelayedMail(
                claim, reader.GetGuid(0), reader.GetString(1), Text(reader, 2), reader.GetBoolean(3), reader.GetBoolean(4), reader.GetFieldValue<byte[]>(5),
                reader.GetFieldValue<DateTimeOffset>(6), reader.GetBoolean(7), reader.GetBoolean(8), reader.GetString(9), []);
            await reader.NextResultAsync(cancellationToken);
            var recipients = new List<RelayedTo>();
            while (await reader.ReadAsync(cancellationToken))
                recipients.Add(new(
                    reader.GetInt32(0), reader.GetString(1), (NotifyOn)reader.GetInt16(2), Text(reader, 3), (RelayedState)reader.GetInt16(4), Text(reader, 5), Text(reader, 6)));
            return mail with { Recipients = recipients };
        },
        cancellationToken);

    /// <returns>False, and nothing is done, where another worker has taken it up since.</returns>
    public async Task<bool> SettleAsync(RelayedMail mail, Settlement settlement, CancellationToken cancellationToken)
    {
        var arrived = new List<DeliveredMail>();
        var settled = await database.InTenantAsync(
            mail.Claim.TenantId,
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                if (!await WriteAsync(connection, mail.Claim, settlement, cancellationToken)) return false;
                foreach (var report in settlement.Reports) arrived.AddRange(await ReportAsync(connection, mail, report, cancellationToken));
                await transaction.CommitAsync(cancellationToken);
                return true;
            },
            cancellationToken);
        if (settled) delivery.Ring(arrived);
        return settled;
    }

    private static async Task<bool> WriteAsync(NpgsqlConnection connection, ClaimedMessage claim, Settlement settlement, CancellationToken cancellationToken)
    {
        await using var batch = Sql.Batch(
            connection,
            Sql.Command(
                """
                UPDATE relayed_message SET
                    state = CASE WHEN $4::interval IS NULL THEN 3 ELSE 1 END, next_at = now() + coalesce($4, interval '0'), delay_told = $5,
                    content = CASE WHEN $4 IS NULL THEN NULL ELSE content END, finished_at = CASE WHEN $4 IS NULL THEN now() END
                WHERE tenant_id = $1 AND id = $2 AND attempts = $3 AND state = 2
                RETURNING id
                """,
                claim.TenantId, claim.Id, claim.Attempts, settlement.RetryIn, settlement.DelayTold),
            Sql.Command(
                """
                UPDATE relayed_recipient r SET state = n.state, status = n.status, said = n.said
                FROM unnest($3::integer[], $4::smallint[], $5::text[], $6::text[]) AS n (position, state, status, said)
                WHERE r.tenant_id = $1 AND r.message_id = $2 AND r.position = n.position
                """,
                claim.TenantId, claim.Id, settlement.Recipients.Select(r => r.Position).ToArray(), settlement.Recipients.Select(r => (short)r.State).ToArray(),
                settlement.Recipients.Select(r => r.Status).ToArray(), settlement.Recipients.Select(r => r.Said).ToArray()));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var isOurs = await reader.ReadAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        return isOurs;
    }

    // A sender whose mailbox was deleted meanwhile is told nothing.
    private async Task<IReadOnlyList<DeliveredMail>> ReportAsync(
        NpgsqlConnection connection, RelayedMail mail, byte[] report, CancellationToken cancellationToken)
    {
        await using (var look = Sql.Command(
            connection,
            "SELECT EXISTS (SELECT FROM mailbox m JOIN pod p ON p.tenant_id = m.tenant_id AND p.id = m.pod_id WHERE m.tenant_id = $1 AND m.id = $2 AND p.kind = 1)",
            mail.Claim.TenantId, mail.MailboxId))
            if (await look.ExecuteScalarAsync(cancellationToken) is not true) return [];
        var top = LocalDelivery.ReturnPath("");
        using var content = new MemoryStream(report, writable: false);
        var headerSize = top.Length + await HeaderSize.OfAsync(content, cancellationToken);
        return await crossTenant.DeliverMailAsync(connection, [(mail.Claim.TenantId, mail.MailboxId)], top, content, headerSize, cancellationToken) ?? [];
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
