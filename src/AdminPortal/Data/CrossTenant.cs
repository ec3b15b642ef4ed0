using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <summary>
/// Every entrance that looks across tenants, in one place. Each is an SQL function of the owner (migrations/Sql/entrances.sql) that
/// answers one narrow question; everything else stays behind the wall. A test states what each may see.
/// </summary>
public sealed class CrossTenant(NpgsqlDataSource dataSource)
{
    /// <summary>The tenant with that slug or id, or null.</summary>
    public async Task<TenantName?> FindTenantAsync(string slugOrId, CancellationToken cancellationToken) =>
        (await TenantsAsync("SELECT id, slug, name FROM find_tenant($1)", slugOrId, cancellationToken)).SingleOrDefault();

    /// <summary>All tenants by name. For platform administrators alone.</summary>
    public Task<IReadOnlyList<TenantName>> ListTenantsAsync(CancellationToken cancellationToken) =>
        TenantsAsync("SELECT id, slug, name FROM list_tenants()", null, cancellationToken);

    /// <summary>The tenant whose active domain this is (ASCII form), or null.</summary>
    public async Task<TenantName?> FindTenantOfDomainAsync(string domain, CancellationToken cancellationToken) =>
        (await TenantsAsync("SELECT id, slug, name FROM find_tenant_of_domain($1)", domain, cancellationToken)).SingleOrDefault();

    /// <summary>Takes claimed domains whose proof is due to be looked for, each until it is due again.</summary>
    public async Task<IReadOnlyList<DueDomain>> ClaimDueDomainsAsync(DateTimeOffset now, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id, claimed_at FROM claim_due_domains($1, $2)");
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DueDomain>();
        while (await reader.ReadAsync(cancellationToken)) due.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return due;
    }

    /// <summary>The providers that the people of an organisation may sign in with, for a page that nobody is signed in to.</summary>
    /// <param name="slugOrDomain">The tenant's short name, or one of its active domains in ASCII form.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<OfferedProvider>> SignInProvidersOfAsync(string slugOrDomain, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT slug, provider_id, name FROM sign_in_providers_of($1)");
        command.Parameters.Add(new() { Value = slugOrDomain });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var offered = new List<OfferedProvider>();
        while (await reader.ReadAsync(cancellationToken)) offered.Add(new(reader.GetString(0), reader.GetGuid(1), reader.GetString(2)));
        return offered;
    }

    /// <summary>Where a person is a member, or owns a mailbox.</summary>
    public async Task<IReadOnlyList<Membership>> MembershipsOfAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, slug, name, role, mailbox_id, require_second_factor, password_sign_in FROM memberships_of($1)");
        command.Parameters.Add(new() { Value = userId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var memberships = new List<Membership>();
        while (await reader.ReadAsync(cancellationToken))
            memberships.Add(MembershipAt(reader, 0));
        return memberships;
    }

    /// <summary>A person with their rights at this moment, in one round trip, or null.</summary>
    public async Task<Person?> FindPersonAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"SELECT {PersonColumns} FROM portal_user u LEFT JOIN LATERAL memberships_of(u.id) m ON true WHERE u.id = $1");
        command.Parameters.Add(new() { Value = userId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? await PersonAsync(reader, cancellationToken) : null;
    }

    /// <summary>A browser's session that has not been ended, with its person and their rights at this moment, in one round trip, or null.</summary>
    public async Task<FoundSession?> FindSessionAsync(Guid sessionId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            SELECT {PersonColumns}, s.method, s.vouched_by, s.started_at, s.last_seen_at, s.proved_at
            FROM portal_session s JOIN portal_user u ON u.id = s.user_id LEFT JOIN LATERAL memberships_of(u.id) m ON true
            WHERE s.id = $1 AND s.ended_at IS NULL
            """);
        command.Parameters.Add(new() { Value = sessionId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        // The person comes last: reading on to the further memberships leaves this row.
        return new(
            sessionId,
            (SignInMethod)reader.GetInt16(reader.GetOrdinal("method")),
            reader["vouched_by"] as Guid?,
            reader.GetFieldValue<DateTimeOffset>(reader.GetOrdinal("started_at")),
            reader.GetFieldValue<DateTimeOffset>(reader.GetOrdinal("last_seen_at")),
            reader.GetFieldValue<DateTimeOffset>(reader.GetOrdinal("proved_at")),
            await PersonAsync(reader, cancellationToken));
    }

    private const string PersonColumns =
        "u.id, u.user_name, u.display_name, u.language, u.is_platform_admin, u.security_stamp, "
        + "m.tenant_id, m.slug, m.name, m.role, m.mailbox_id, m.require_second_factor, m.password_sign_in";

    /// <summary>One person from the row that was just read, and from the rows behind it, one for each membership.</summary>
    private static async Task<Person> PersonAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var memberships = new List<Membership>();
        var person = new Person(reader.GetGuid(0), reader.GetString(1), Text(2), Text(3), reader.GetBoolean(4), Text(5) ?? "", memberships);
        do
        {
            if (!reader.IsDBNull(6)) memberships.Add(MembershipAt(reader, 6));
        }
        while (await reader.ReadAsync(cancellationToken));
        return person;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private static Membership MembershipAt(NpgsqlDataReader reader, int column) => new(
        new(reader.GetGuid(column), reader.GetString(column + 1), reader.GetString(column + 2)),
        (PortalRole)reader.GetInt16(column + 3),
        reader.IsDBNull(column + 4) ? null : reader.GetGuid(column + 4),
        new(reader.GetBoolean(column + 5), (PasswordSignIn)reader.GetInt16(column + 6)));

    /// <summary>The token with that SHA-256, with its owner and the owner's rights where it is valid, as they are now: in one round trip. Expired
    /// and revoked ones are found too, so that the caller can say which it was.</summary>
    public async Task<Bearer?> FindBearerAsync(byte[] hash, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT id, tenant_id, name, scopes, expires_at, revoked_at, user_id, user_name, display_name, language, is_platform_admin, security_stamp,
                   slug, tenant_name, role, mailbox_id, networks
            FROM find_bearer($1)
            """);
        command.Parameters.Add(new() { Value = hash });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? BearerOf(reader) : null;
    }

    private static Bearer BearerOf(NpgsqlDataReader row)
    {
        Guid? tenant = row.IsDBNull(1) ? null : row.GetGuid(1);
        // What a tenant asks of sessions is not asked of tokens: whoever made one was in.
        IReadOnlyList<Membership> memberships = tenant is null || row.IsDBNull(14)
            ? []
            : [new(new(tenant.Value, row.GetString(12), row.GetString(13)), (PortalRole)row.GetInt16(14), row.IsDBNull(15) ? null : row.GetGuid(15), SignInPolicy.Default)];
        return new(
            new(row.GetGuid(0), tenant, row.GetString(2), row.GetGuid(6), row.GetFieldValue<string[]>(3), row.GetFieldValue<string[]>(16), When(4), When(5)),
            new(row.GetGuid(6), row.GetString(7), Text(8), Text(9), row.GetBoolean(10), Text(11) ?? "", memberships));

        string? Text(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        DateTimeOffset? When(int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
    }

    /// <summary>Notes that a token was used, and from where; at most one write a minute for each token.</summary>
    public async Task TouchTokenAsync(Guid tokenId, string? from, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT touch_api_token($1, $2)");
        command.Parameters.Add(new() { Value = tokenId });
        command.Parameters.Add(new() { Value = (object?)from ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Stores a token that belongs to no tenant.</summary>
    /// <returns>False where its owner does not administer the platform: nothing was stored.</returns>
    public async Task<bool> CreatePlatformTokenAsync(ApiToken token, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT create_platform_token($1, $2, $3, $4, $5, $6, $7)");
        command.Parameters.Add(new() { Value = token.Id });
        command.Parameters.Add(new() { Value = token.Name });
        command.Parameters.Add(new() { Value = token.Prefix });
        command.Parameters.Add(new() { Value = token.Hash });
        command.Parameters.Add(new() { Value = token.UserId });
        command.Parameters.Add(new() { Value = token.Scopes.ToArray() });
        command.Parameters.Add(new() { Value = (object?)token.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

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

    /// <summary>What the mail server needs to decide about a login, in one query, or null for an address that is nobody's.</summary>
    /// <param name="address">Normalised by <see cref="MailAddressName.Normalise"/>; a primary address or an alias.</param>
    /// <param name="protocol">The protocol that is signed in to.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<MailLogin?> FindMailLoginAsync(string address, MailProtocol protocol, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT tenant_id, mailbox_id, address, language, pod_kind, allowed, decided_by, salt, iterations, credential_ids, stored_keys
            FROM find_mail_login($1, $2)
            """);
        command.Parameters.Add(new() { Value = address });
        command.Parameters.Add(new() { Value = (short)protocol });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new(
            reader.GetGuid(0),
            reader.GetGuid(1),
            reader.GetString(2),
            reader.GetString(3),
            (PodKind)reader.GetInt16(4),
            reader.GetBoolean(5),
            (DecidedBy)reader.GetInt16(6),
            reader.IsDBNull(7) ? null : reader.GetFieldValue<byte[]>(7),
            reader.IsDBNull(8) ? 0 : reader.GetInt32(8),
            reader.GetFieldValue<Guid[]>(9),
            reader.GetFieldValue<byte[][]>(10));
    }

    /// <summary>The service credential that signs in for the mailboxes of one tenant, or null.</summary>
    public async Task<ServiceLogin?> FindServiceLoginAsync(string userName, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, password_hash FROM find_service_login($1)");
        command.Parameters.Add(new() { Value = userName });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)) : null;
    }

    /// <summary>Where mail for that address goes, or null for a domain that is not this installation's (or not proven yet).</summary>
    /// <param name="address">Normalised by <see cref="MailAddressName.Normalise"/>; a primary address or an alias.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<MailRecipient?> FindMailRecipientAsync(string address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, mailbox_id, pod_kind FROM find_mail_recipient($1)");
        command.Parameters.Add(new() { Value = address });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new(
            reader.GetGuid(0),
            reader.IsDBNull(1) ? null : reader.GetGuid(1),
            reader.IsDBNull(2) ? null : (PodKind)reader.GetInt16(2));
    }

    /// <summary>Puts one message into the INBOX of mailboxes of any tenants: all or none, committed when it returns.</summary>
    /// <param name="recipients">Mailboxes of embedded pods, without duplicates.</param>
    /// <param name="header">The lines that delivery writes on top.</param>
    /// <param name="body">The rest of the message, seekable, at its beginning.</param>
    /// <param name="headerSize">Octets of the whole message's header, see <see cref="MailContent.HeaderSize"/>.</param>
    /// <param name="cancellationToken">Gives up: then all or nothing was delivered.</param>
    /// <returns>Null when a recipient's mailbox is gone, and then nothing was delivered.</returns>
    public async Task<IReadOnlyList<DeliveredMail>?> DeliverMailAsync(
        IReadOnlyList<(Guid TenantId, Guid MailboxId)> recipients, byte[] header, Stream body, int headerSize, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT mailbox_id, folder_id, uid, mod_seq FROM deliver_mail($1, $2, $3, $4, $5)");
        command.Parameters.Add(new() { Value = recipients.Select(r => r.TenantId).ToArray() });
        command.Parameters.Add(new() { Value = recipients.Select(r => r.MailboxId).ToArray() });
        command.Parameters.Add(new() { Value = header });
        command.Parameters.Add(new() { Value = body, NpgsqlDbType = NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = headerSize });
        try
        {
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var delivered = new List<DeliveredMail>();
            while (await reader.ReadAsync(cancellationToken))
                delivered.Add(new(reader.GetGuid(0), reader.GetGuid(1), reader.GetInt64(2), reader.GetInt64(3)));
            return delivered;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.NoDataFound)
        {
            return null;
        }
    }

    /// <summary>The highest mod-sequence of each of those folders that still exists.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> MailFolderPositionsAsync(
        IReadOnlyList<(Guid TenantId, Guid FolderId)> folders, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT folder_id, mod_seq FROM mail_folder_positions($1, $2)");
        command.Parameters.Add(new() { Value = folders.Select(f => f.TenantId).ToArray() });
        command.Parameters.Add(new() { Value = folders.Select(f => f.FolderId).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var positions = new Dictionary<Guid, long>();
        while (await reader.ReadAsync(cancellationToken)) positions[reader.GetGuid(0)] = reader.GetInt64(1);
        return positions;
    }

    /// <summary>Those of the given sessions that must end now, and why: asked for all in one query.</summary>
    public async Task<IReadOnlyList<(LiveSession Session, SessionEnding Why)>> FindOverdueAsync(
        IReadOnlyList<LiveSession> sessions, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT \"position\", why FROM find_overdue_mail_sessions($1, $2, $3, $4)");
        command.Parameters.Add(new() { Value = sessions.Select(s => s.TenantId).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => s.MailboxId).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => (short)s.Protocol).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => s.CredentialId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var overdue = new List<(LiveSession, SessionEnding)>();
        while (await reader.ReadAsync(cancellationToken))
            overdue.Add((sessions[(int)reader.GetInt64(0) - 1], (SessionEnding)reader.GetInt16(1)));
        return overdue;
    }

    /// <summary>Removes message contents that nobody holds any more and that nobody can still be reading.</summary>
    /// <returns>How many were looked at: fewer than <paramref name="most"/> means that there are no more.</returns>
    public async Task<int> RemoveMailGarbageAsync(TimeSpan olderThan, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT remove_mail_garbage($1, $2)");
        command.Parameters.Add(new() { Value = olderThan });
        command.Parameters.Add(new() { Value = most });
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The invitation whose link holds a secret with that SHA-256, open or not, or null.</summary>
    public async Task<(Guid TenantId, Guid Id)?> FindInvitationAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id FROM find_invitation($1)");
        command.Parameters.Add(new() { Value = tokenHash });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetGuid(0), reader.GetGuid(1)) : null;
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

    /// <summary>
    /// Counts a guess at a password or token before it is answered, for all processes and doors together. Concurrent guesses are counted one
    /// after the other, so that none slips past a limit.
    /// </summary>
    /// <param name="account">Whose password is guessed at, normalised; null where the guess names nobody.</param>
    /// <param name="from">Where it comes from.</param>
    /// <param name="door">Through which door.</param>
    /// <param name="rule">The limits.</param>
    /// <param name="cancellationToken">Gives up waiting for the database; the guess may be counted nevertheless.</param>
    public async Task<TakenGuess> TakeGuessAsync(string? account, AddressBlocks from, Door door, GuessRule rule, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT id, wait, held_by FROM take_guess($1, $2, $3, $4, $5, {RuleFrom(6)})");
        command.Parameters.Add(new() { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        foreach (var block in new[] { from.Address, from.Network, from.WideNetwork }) command.Parameters.Add(new() { Value = block });
        command.Parameters.Add(new() { Value = (short)door });
        AddRule(command, rule);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0)
            ? new(null, reader.GetFieldValue<TimeSpan>(1), reader.GetString(2))
            : new(reader.GetInt64(0), TimeSpan.Zero, null);
    }

    /// <summary>Takes back a guess that was none: the password was right, or nobody looked at it.</summary>
    public async Task PardonGuessAsync(long guess, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT pardon_guess($1)");
        command.Parameters.Add(new() { Value = guess });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Remembers that an account was entered from an address; at most one write a day for each pair.</summary>
    public async Task KnowAddressAsync(string account, string address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT know_address($1, $2)");
        command.Parameters.Add(new() { Value = account });
        command.Parameters.Add(new() { Value = address });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Who is held off now, longest first. For platform administrators alone.</summary>
    public async Task<IReadOnlyList<HeldOff>> ListHeldOffAsync(GuessRule rule, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT held_by, account, address, guesses, until FROM list_held_off({RuleFrom(1)}, $10)");
        AddRule(command, rule);
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var held = new List<HeldOff>();
        while (await reader.ReadAsync(cancellationToken))
            held.Add(new(
                reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return held;
    }

    /// <summary>Forgets the guesses for which somebody is held off. For platform administrators alone.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<long> LetInAsync(string heldBy, string? account, string? address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT let_in($1, $2, $3)");
        command.Parameters.Add(new() { Value = heldBy });
        foreach (var key in new[] { account, address }) command.Parameters.Add(new() { Value = (object?)key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Forgets guesses that slow nobody down any more, and the oldest beyond that number.</summary>
    public async Task TrimGuessesAsync(TimeSpan olderThan, long most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT trim_guesses($1, $2)");
        command.Parameters.Add(new() { Value = olderThan });
        command.Parameters.Add(new() { Value = most });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string RuleFrom(int first) => $"ROW({string.Join(", ", Enumerable.Range(first, 9).Select(n => $"${n}"))})::guess_rule";

    private static void AddRule(NpgsqlCommand command, GuessRule rule)
    {
        object[] values =
        [
            rule.PerAccount, rule.PerAddress, rule.PerNetwork, rule.PerWideNetwork, rule.Span, rule.Free, rule.FirstDelay, rule.LongestDelay, rule.Memory,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }

    private async Task TrimAsync(string sql, TimeSpan olderThan, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.Add(new() { Value = olderThan });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<IReadOnlyList<TenantName>> TenantsAsync(string sql, string? argument, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(sql);
        if (argument is not null) command.Parameters.Add(new() { Value = argument, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tenants = new List<TenantName>();
        while (await reader.ReadAsync(cancellationToken))
            tenants.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetString(2)));
        return tenants;
    }
}

public sealed record TenantName(Guid Id, string Slug, string Name);

/// <param name="TenantId">Whose claim.</param>
/// <param name="DomainId">The claimed domain.</param>
/// <param name="ClaimedAt">Since when.</param>
public sealed record DueDomain(Guid TenantId, Guid DomainId, DateTimeOffset ClaimedAt);

/// <param name="Slug">Whose provider.</param>
/// <param name="Id">The provider.</param>
/// <param name="Name">What its button says.</param>
public sealed record OfferedProvider(string Slug, Guid Id, string Name);

/// <param name="Tenant">Where.</param>
/// <param name="Role"><see cref="PortalRole.MailboxOwner"/> for somebody who only owns a mailbox there.</param>
/// <param name="MailboxId">The person's own mailbox in that tenant, if any.</param>
/// <param name="SignIn">What the tenant asks of a session that wants in.</param>
public sealed record Membership(TenantName Tenant, PortalRole Role, Guid? MailboxId, SignInPolicy SignIn);

/// <param name="Id">Whose.</param>
/// <param name="Name">The name that the person signs in with.</param>
/// <param name="DisplayName">What people call the person, where it is known.</param>
/// <param name="Language">The person's own choice, if any.</param>
/// <param name="IsPlatformAdmin">May enter every tenant.</param>
/// <param name="SecurityStamp">Changes with the password and with "sign out everywhere": a session that carries another one is over.</param>
/// <param name="Memberships">Where the person is a member or owns a mailbox.</param>
public sealed record Person(
    Guid Id, string Name, string? DisplayName, string? Language, bool IsPlatformAdmin, string SecurityStamp, IReadOnlyList<Membership> Memberships);

/// <param name="Id">The session's row.</param>
/// <param name="Method">How it was proved who is there.</param>
/// <param name="VouchedBy">The tenant whose issuer vouched for the person; the session is good for that tenant alone.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="LastSeenAt">To the minute.</param>
/// <param name="ProvedAt">When the person last gave a proof.</param>
/// <param name="Person">Whose session.</param>
public sealed record FoundSession(
    Guid Id, SignInMethod Method, Guid? VouchedBy, DateTimeOffset StartedAt, DateTimeOffset LastSeenAt, DateTimeOffset ProvedAt, Person Person);

public sealed record FoundToken(
    Guid Id, Guid? TenantId, string Name, Guid UserId, string[] Scopes, string[] Networks, DateTimeOffset? ExpiresAt, DateTimeOffset? RevokedAt);

/// <param name="Token">What was sent.</param>
/// <param name="Owner">Whose it is; with a membership only in the token's own tenant, the one place where it may be used.</param>
public sealed record Bearer(FoundToken Token, Person Owner);

/// <param name="TenantId">The operation's tenant, to be entered by the worker.</param>
/// <param name="Id">The operation.</param>
/// <param name="Kind">Which handler runs it.</param>
/// <param name="Fence">Must still be the operation's when it is finished.</param>
public sealed record ClaimedOperation(Guid TenantId, Guid Id, string Kind, int Fence);

/// <param name="TenantId">The mailbox's tenant.</param>
/// <param name="MailboxId">The mailbox.</param>
/// <param name="Address">Its primary address, whichever address was given.</param>
/// <param name="Language">Of refusals: the mailbox's, else the tenant's first.</param>
/// <param name="PodKind">Only mailboxes of an embedded pod are served here.</param>
/// <param name="Allowed">The effective access at this moment.</param>
/// <param name="DecidedBy">Which layer decided it.</param>
/// <param name="Salt">SCRAM salt; null for a mailbox without credentials.</param>
/// <param name="Iterations">SCRAM iterations.</param>
/// <param name="CredentialIds">The valid credentials, in the order of the stored keys.</param>
/// <param name="StoredKeys">SCRAM-SHA-256 StoredKey of each valid credential.</param>
public sealed record MailLogin(
    Guid TenantId, Guid MailboxId, string Address, string Language, PodKind PodKind, bool Allowed, DecidedBy DecidedBy,
    byte[]? Salt, int Iterations, Guid[] CredentialIds, byte[][] StoredKeys);

public sealed record ServiceLogin(Guid TenantId, byte[] PasswordHash);

/// <param name="TenantId">The domain's tenant.</param>
/// <param name="MailboxId">Whose address it is; null where it is nobody's.</param>
/// <param name="PodKind">How that mailbox is served; only embedded ones receive here.</param>
public sealed record MailRecipient(Guid TenantId, Guid? MailboxId, PodKind? PodKind);

public sealed record DeliveredMail(Guid MailboxId, Guid FolderId, long Uid, long ModSeq);

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
