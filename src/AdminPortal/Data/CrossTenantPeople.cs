using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>Who somebody is, and what they may do where: people, their sessions, tokens and invitations.</content>
public sealed partial class CrossTenant
{
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

    /// <summary>The invitation whose link holds a secret with that SHA-256, open or not, or null.</summary>
    public async Task<(Guid TenantId, Guid Id)?> FindInvitationAsync(byte[] tokenHash, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, id FROM find_invitation($1)");
        command.Parameters.Add(new() { Value = tokenHash });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetGuid(0), reader.GetGuid(1)) : null;
    }
}

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
