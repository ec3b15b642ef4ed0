using System.Net;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>What the mail server asks: who signs in, where mail goes, which sessions are over.</content>
public sealed partial class CrossTenant
{
    /// <summary>What the mail server needs to decide about a login, in one query, or null for an address that is nobody's.</summary>
    /// <param name="address">Normalised by <see cref="MailAddressName.Normalise"/>; a primary address or an alias.</param>
    /// <param name="protocol">The protocol that is signed in to.</param>
    /// <param name="from">Where the client is.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<MailLogin?> FindMailLoginAsync(string address, MailProtocol protocol, IPAddress from, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT tenant_id, mailbox_id, address, language, pod_kind, allowed, decided_by, salt, iterations, credential_ids, stored_keys, obstacles
            FROM find_mail_login($1, $2, $3)
            """);
        command.Parameters.Add(new() { Value = address });
        command.Parameters.Add(new() { Value = (short)protocol });
        command.Parameters.Add(new() { Value = from });
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
            reader.GetFieldValue<byte[][]>(10),
            [.. reader.GetFieldValue<short[]>(11).Select(obstacle => obstacle == 0 ? (MailSignInResult?)null : (MailSignInResult)obstacle)]);
    }

    /// <summary>The service credential that signs in for the mailboxes of one tenant, or null.</summary>
    public async Task<ServiceLogin?> FindServiceLoginAsync(string userName, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT tenant_id, password_hash FROM find_service_login($1)");
        command.Parameters.Add(new() { Value = userName });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new(reader.GetGuid(0), reader.GetFieldValue<byte[]>(1)) : null;
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
        await using var command = dataSource.CreateCommand("SELECT \"position\", why FROM find_overdue_mail_sessions($1, $2, $3, $4, $5)");
        command.Parameters.Add(new() { Value = sessions.Select(s => s.TenantId).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => s.MailboxId).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => (short)s.Protocol).ToArray() });
        command.Parameters.Add(new() { Value = sessions.Select(s => s.CredentialId).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = sessions.Select(s => IPAddress.Parse(s.RemoteAddress)).ToArray() });
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
}

/// <param name="TenantId">The mailbox's tenant.</param>
/// <param name="MailboxId">The mailbox.</param>
/// <param name="Address">Its primary address, whichever address was given.</param>
/// <param name="Language">Of refusals: the mailbox's, else the tenant's first.</param>
/// <param name="PodKind">Only mailboxes of an embedded pod are served here.</param>
/// <param name="Allowed">The effective access at this moment.</param>
/// <param name="DecidedBy">Which layer decided it.</param>
/// <param name="Salt">SCRAM salt; null for a mailbox without credentials.</param>
/// <param name="Iterations">SCRAM iterations.</param>
/// <param name="CredentialIds">The credentials that were not revoked, in the order of the stored keys.</param>
/// <param name="StoredKeys">SCRAM-SHA-256 StoredKey of each of them.</param>
/// <param name="Obstacles">Why each of them does not open the mailbox by this protocol from this address; null where it does.</param>
public sealed record MailLogin(
    Guid TenantId, Guid MailboxId, string Address, string Language, PodKind PodKind, bool Allowed, DecidedBy DecidedBy,
    byte[]? Salt, int Iterations, Guid[] CredentialIds, byte[][] StoredKeys, MailSignInResult?[] Obstacles);

public sealed record ServiceLogin(Guid TenantId, byte[] PasswordHash);
