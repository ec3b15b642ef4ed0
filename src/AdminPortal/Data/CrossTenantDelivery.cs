using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>Where mail goes: into mailboxes here, whosever they are, or into the queue for elsewhere.</content>
public sealed partial class CrossTenant
{
    /// <summary>Where mail for that address goes, or null for a domain that is not this installation's (or not proven yet).</summary>
    /// <param name="address">Normalised by <see cref="MailAddressName.Normalise"/>; a primary address or an alias.</param>
    /// <param name="mostOctets">What a mailbox may hold whose own row and plan say nothing.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<MailRecipient?> FindMailRecipientAsync(string address, long mostOctets, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, mailbox_id, pod_kind, room FROM find_mail_recipient($1, $2)");
        command.Parameters.Add(new() { Value = address });
        command.Parameters.Add(new() { Value = mostOctets });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new(
            reader.GetGuid(0),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.IsDBNull(2) ? null : (PodKind)reader.GetInt16(2),
            reader.IsDBNull(3) ? 0 : reader.GetInt64(3));
    }

    /// <summary>Those of the given mailboxes that have no room for so many octets more.</summary>
    public async Task<IReadOnlyList<Guid>> FindFullMailboxesAsync(
        IReadOnlyList<(Guid TenantId, Guid MailboxId)> mailboxes, long more, long mostOctets, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT mailbox_id FROM find_full_mailboxes($1, $2, $3, $4)");
        command.Parameters.Add(new() { Value = mailboxes.Select(m => m.TenantId).ToArray() });
        command.Parameters.Add(new() { Value = mailboxes.Select(m => m.MailboxId).ToArray() });
        command.Parameters.Add(new() { Value = more });
        command.Parameters.Add(new() { Value = mostOctets });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var full = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken)) full.Add(reader.GetGuid(0));
        return full;
    }

    /// <summary>Puts one message into the INBOX of mailboxes of any tenants, whatever they hold: all or none, committed when it returns.</summary>
    /// <param name="recipients">Mailboxes of embedded pods, without duplicates.</param>
    /// <param name="header">The lines that delivery writes on top.</param>
    /// <param name="body">The rest of the message, seekable, at its beginning.</param>
    /// <param name="headerSize">Octets of the whole message's header, see <see cref="MailContent.HeaderSize"/>.</param>
    /// <param name="cancellationToken">Gives up: then all or nothing was delivered.</param>
    /// <returns>Null when a recipient's mailbox is gone, and then nothing was delivered.</returns>
    public async Task<IReadOnlyList<DeliveredMail>?> DeliverMailAsync(
        IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, byte[] header, Stream body, int headerSize, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await DeliverMailAsync(connection, recipients, header, body, headerSize, cancellationToken);
    }

    /// <summary>The same within the caller's transaction.</summary>
    public async Task<IReadOnlyList<DeliveredMail>?> DeliverMailAsync(
        NpgsqlConnection connection, IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, byte[] header, Stream body, int headerSize,
        CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT mailbox_id, folder_id, uid, mod_seq FROM deliver_mail($1, $2, $3, $4, $5, NULL)", connection);
        AddDelivery(command.Parameters, recipients, header, body, headerSize);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            return await ReadDeliveredAsync(reader, cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.NoDataFound)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes over what a mailbox sends: counts it, delivers it to mailboxes here, and queues it for recipients elsewhere, all or nothing,
    /// committed when it returns. One round trip.
    /// </summary>
    public async Task<MailHandover> SendMailAsync(MailToSend mail, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Enter(mail.TenantId), Count(mail), Send(mail) } };
        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            await reader.NextResultAsync(cancellationToken);
            return new MailHandover.Done(await ReadDeliveredAsync(reader, cancellationToken));
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.NoDataFound or "PM001" or "PM002")
        {
            return exception.SqlState switch
            {
                "PM001" => new MailHandover.Full(),
                "PM002" => new MailHandover.LimitReached(),
                _ => new MailHandover.Gone(),
            };
        }
    }

    private static NpgsqlBatchCommand Enter(Guid tenantId) =>
        new("SELECT set_config('app.tenant', $1, false)") { Parameters = { new() { Value = tenantId.ToString() } } };

    private static NpgsqlBatchCommand Count(MailToSend mail) => new("SELECT count_sending($1, $2, $3, $4, $5)")
    {
        Parameters =
        {
            new() { Value = mail.TenantId }, new() { Value = mail.MailboxId }, new() { Value = mail.Recipients },
            new() { Value = mail.MostMessagesAnHour }, new() { Value = mail.MostRecipientsAnHour },
        },
    };

    private static NpgsqlBatchCommand Send(MailToSend mail)
    {
        var command = new NpgsqlBatchCommand(
            """
            WITH delivered AS (SELECT * FROM deliver_mail($1, $2, $3, $4, $5, $6)),
            queued AS (
                INSERT INTO relayed_message (tenant_id, id, mailbox_id, sender, envelope_id, returns_whole, is_utf8, content, size, state, attempts, next_at, queued_at, is_cancelled, delay_told)
                SELECT $7, $8, $9, $10, $11, $12, $13, $4, length($4), 1, 0, now(), now(), false, false
                WHERE cardinality($14::text[]) > 0),
            waiting AS (
                INSERT INTO relayed_recipient (tenant_id, message_id, position, address, notify, original_address, state, status)
                SELECT $7, $8, r.position, r.address, r.notify, r.original, r.state, r.status
                FROM unnest($14::text[], $15::smallint[], $16::text[], $17::smallint[], $18::text[])
                     WITH ORDINALITY AS r (address, notify, original, state, status, position))
            SELECT mailbox_id, folder_id, uid, mod_seq FROM delivered
            """);
        AddDelivery(command.Parameters, mail.Local, mail.Header, mail.Content, mail.HeaderSize);
        command.Parameters.Add(new() { Value = mail.MostOctets });
        command.Parameters.Add(new() { Value = mail.TenantId });
        command.Parameters.Add(new() { Value = mail.Id });
        command.Parameters.Add(new() { Value = mail.MailboxId });
        command.Parameters.Add(new() { Value = mail.Sender });
        command.Parameters.Add(new() { Value = (object?)mail.EnvelopeId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = mail.ReturnsWhole });
        command.Parameters.Add(new() { Value = mail.IsUtf8 });
        command.Parameters.Add(new() { Value = mail.Elsewhere.Select(r => r.Address).ToArray() });
        command.Parameters.Add(new() { Value = mail.Elsewhere.Select(r => r.Notify).ToArray() });
        command.Parameters.Add(new() { Value = mail.Elsewhere.Select(r => r.OriginalAddress).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = mail.Elsewhere.Select(r => (short)r.State).ToArray() });
        command.Parameters.Add(new() { Value = mail.Elsewhere.Select(r => r.Status).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        return command;
    }

    private static void AddDelivery(
        NpgsqlParameterCollection parameters, IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, byte[] header, Stream body, int headerSize)
    {
        parameters.Add(new() { Value = recipients.Select(r => r.TenantId).ToArray() });
        parameters.Add(new() { Value = recipients.Select(r => r.MailboxId).ToArray() });
        parameters.Add(new() { Value = header });
        parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlDbType.Bytea });
        parameters.Add(new() { Value = headerSize });
    }

    private static async Task<IReadOnlyList<DeliveredMail>> ReadDeliveredAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var delivered = new List<DeliveredMail>();
        while (await reader.ReadAsync(cancellationToken))
            delivered.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt64(2), reader.GetInt64(3)));
        return delivered;
    }

    /// <summary>Takes the relayed message that is due for the length of the lease. Null when there is none.</summary>
    public async Task<ClaimedMessage?> ClaimRelayedMessageAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id, attempts FROM claim_relayed_message($1)");
        command.Parameters.Add(new() { Value = lease });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt32(2)) : null;
    }

    /// <summary>Forgets relayed messages whose fate has been known for so long.</summary>
    public Task TrimRelayedMessagesAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("SELECT trim_relayed_messages($1)", olderThan, cancellationToken);
}

/// <param name="TenantId">The domain's tenant.</param>
/// <param name="MailboxId">Whose address it is; null where it is nobody's.</param>
/// <param name="PodKind">How that mailbox is served; only embedded ones receive here.</param>
/// <param name="Room">Octets that it has room for; meaningless where it is nobody's.</param>
public sealed record MailRecipient(Guid TenantId, Guid? MailboxId, PodKind? PodKind, long Room);

/// <summary>What a mailbox sends.</summary>
/// <param name="TenantId">The sender's tenant.</param>
/// <param name="Id">Of the message, should it be queued.</param>
/// <param name="MailboxId">The sender's mailbox.</param>
/// <param name="Sender">The reverse-path.</param>
/// <param name="Header">The lines that local delivery writes on top.</param>
/// <param name="Content">The message, seekable, at its beginning.</param>
/// <param name="HeaderSize">Octets of the header, the lines on top included.</param>
/// <param name="Local">Mailboxes of embedded pods, without duplicates.</param>
/// <param name="Elsewhere">Recipients whose fate is not decided by this statement.</param>
public sealed record MailToSend(
    Guid TenantId, Guid Id, Guid MailboxId, string Sender, byte[] Header, Stream Content, int HeaderSize,
    IReadOnlyList<(Guid TenantId, Guid MailboxId)> Local, IReadOnlyList<MailToRelay> Elsewhere)
{
    public string? EnvelopeId { get; init; }

    public bool ReturnsWhole { get; init; }

    public bool IsUtf8 { get; init; }

    /// <summary>As the limit counts them.</summary>
    public int Recipients { get; init; }

    /// <summary>What a mailbox may hold whose own row and plan say nothing.</summary>
    public long MostOctets { get; init; }

    public int MostMessagesAnHour { get; init; }

    public int MostRecipientsAnHour { get; init; }
}

/// <summary>See <see cref="RelayedRecipient"/>.</summary>
public sealed record MailToRelay(string Address, short Notify, string? OriginalAddress, RelayedState State, string? Status);

public abstract record MailHandover
{
    private MailHandover() { }

    public sealed record Done(IReadOnlyList<DeliveredMail> Delivered) : MailHandover;

    /// <summary>A recipient's mailbox is gone; nothing was done.</summary>
    public sealed record Gone : MailHandover;

    /// <summary>A recipient's mailbox has no room; nothing was done.</summary>
    public sealed record Full : MailHandover;

    /// <summary>The sender has sent too much in this hour; nothing was done.</summary>
    public sealed record LimitReached : MailHandover;
}

/// <param name="Attempts">The fence: who settles must still hold this one.</param>
public sealed record ClaimedMessage(Guid TenantId, Guid Id, int Attempts);

public sealed record DeliveredMail(Guid MailboxId, Guid FolderId, long Uid, long ModSeq);
