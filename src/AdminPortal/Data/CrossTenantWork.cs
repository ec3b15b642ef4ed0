using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>What workers take from the queues of all tenants, and what is cleared away after its time.</content>
public sealed partial class CrossTenant
{
    /// <summary>Takes the oldest operation that is queued, or whose worker died, for the length of the lease. Null when there is none.</summary>
    public async Task<ClaimedOperation?> ClaimOperationAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id, kind, fence FROM claim_operation($1)");
        command.Parameters.Add(new() { Value = lease });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt32(3))
            : null;
    }

    /// <summary>Takes the mail that is due for the length of the lease. Null when there is none.</summary>
    public async Task<ClaimedMail?> ClaimMailAsync(TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT id, recipient, content, attempts, expires_at FROM claim_queued_mail($1)");
        command.Parameters.Add(new() { Value = lease });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetGuid(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4))
            : null;
    }

    /// <summary>Says what became of a mail that was claimed; without effect where another worker has taken it up since.</summary>
    /// <param name="mail">As it was claimed.</param>
    /// <param name="state">Its content goes with <see cref="QueuedMailState.Sent"/> and <see cref="QueuedMailState.Failed"/>.</param>
    /// <param name="failure">Null when it was sent.</param>
    /// <param name="failureCode">What the server answered.</param>
    /// <param name="retryIn">For one that waits again.</param>
    /// <param name="cancellationToken">Gives up; the lease then runs out by itself.</param>
    public async Task SettleMailAsync(
        ClaimedMail mail, QueuedMailState state, MailFailure? failure, string? failureCode, TimeSpan retryIn, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT settle_queued_mail($1, $2, $3, $4, $5, $6)");
        command.Parameters.Add(new() { Value = mail.Id });
        command.Parameters.Add(new() { Value = mail.Attempts });
        command.Parameters.Add(new() { Value = (short)state });
        command.Parameters.Add(new() { Value = failure is { } why ? (short)why : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = (object?)failureCode ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = retryIn });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Mail that waits or was given up, in all tenants, newest first and without content. For platform administrators alone.</summary>
    public async Task<IReadOnlyList<UnsentMail>> ListUnsentMailAsync(int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            "SELECT slug, recipient, kind, state, attempts, created_at, next_at, failure, failure_code FROM list_unsent_mail($1)");
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var unsent = new List<UnsentMail>();
        while (await reader.ReadAsync(cancellationToken))
            unsent.Add(new(
                reader.IsDBNull(0) ? null : reader.GetString(0), reader.GetString(1), reader.GetString(2), (QueuedMailState)reader.GetInt16(3),
                reader.GetInt32(4), reader.GetFieldValue<DateTimeOffset>(5), reader.GetFieldValue<DateTimeOffset>(6),
                reader.IsDBNull(7) ? null : (MailFailure)reader.GetInt16(7), reader.IsDBNull(8) ? null : reader.GetString(8)));
        return unsent;
    }

    /// <summary>Forgets mail that was sent or given up.</summary>
    public Task TrimQueuedMailAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("SELECT trim_queued_mail($1)", olderThan, cancellationToken);

    /// <summary>Forgets browsers' sessions that are over. Sessions, sign-ins and proofs belong to no tenant, so no entrance is needed.</summary>
    public Task TrimPortalSessionsAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("DELETE FROM portal_session WHERE coalesce(ended_at, last_seen_at) < now() - $1", olderThan, cancellationToken);

    /// <summary>Forgets what people were shown of their sign-ins.</summary>
    public Task TrimPortalSignInsAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("DELETE FROM portal_sign_in WHERE last_at < now() - $1", olderThan, cancellationToken);

    /// <summary>Forgets passkeys' answers whose challenge has long run out.</summary>
    public Task TrimUsedProofsAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("DELETE FROM portal_used_proof WHERE used_at < now() - $1", olderThan, cancellationToken);

    /// <summary>Forgets entries of the change feed that every reader has seen.</summary>
    public Task TrimChangeFeedAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("SELECT trim_change_feed($1)", olderThan, cancellationToken);

    /// <summary>Forgets the answers that were kept for idempotency keys.</summary>
    public Task TrimIdempotencyRecordsAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("SELECT trim_idempotency_records($1)", olderThan, cancellationToken);

    /// <summary>Forgets uploaded files that nobody is applying.</summary>
    public Task TrimImportsAsync(TimeSpan olderThan, CancellationToken cancellationToken) =>
        TrimAsync("SELECT trim_imports($1)", olderThan, cancellationToken);

    /// <summary>Seals what was committed to the audit trails since the last call. One process at a time does; a call beside it does nothing.</summary>
    /// <returns>How many seals were made: at most one for each tenant.</returns>
    public async Task<int> SealAuditEventsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT seal_audit_events()");
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Removes the audit events that their tenants keep no longer, whole seals at a time; the trails say so.</summary>
    /// <returns>How many events went.</returns>
    public async Task<long> ReleaseAuditEventsAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT release_audit_events()");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

/// <param name="TenantId">The operation's tenant, to be entered by the worker.</param>
/// <param name="Id">The operation.</param>
/// <param name="Kind">Which handler runs it.</param>
/// <param name="Fence">Must still be the operation's when it is finished.</param>
public sealed record ClaimedOperation(Guid TenantId, Guid Id, string Kind, int Fence);

/// <param name="Id">The mail.</param>
/// <param name="Recipient">Where it goes.</param>
/// <param name="Content">Sealed.</param>
/// <param name="Attempts">This one included.</param>
/// <param name="ExpiresAt">From when it is not to be sent any more.</param>
public sealed record ClaimedMail(Guid Id, string Recipient, byte[] Content, int Attempts, DateTimeOffset ExpiresAt);

/// <param name="Tenant">The tenant's slug; null for mail about a person.</param>
/// <param name="Recipient">Where it was to go.</param>
/// <param name="Kind">See <see cref="QueuedMail.Kind"/>.</param>
/// <param name="State">Waiting, sending or failed.</param>
/// <param name="Attempts">So far.</param>
/// <param name="CreatedAt">When it was asked for.</param>
/// <param name="NextAt">When it is tried again.</param>
/// <param name="Failure">Why the last attempt failed.</param>
/// <param name="FailureCode">The server's code.</param>
public sealed record UnsentMail(
    string? Tenant, string Recipient, string Kind, QueuedMailState State, int Attempts, DateTimeOffset CreatedAt, DateTimeOffset NextAt,
    MailFailure? Failure, string? FailureCode);
