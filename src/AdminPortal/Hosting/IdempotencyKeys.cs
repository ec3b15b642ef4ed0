using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Hosting;

/// <summary>Claims keys: one request at a time may carry one out, whichever process it reached.</summary>
internal sealed class IdempotencyKeys(NpgsqlDataSource dataSource, CurrentUser user, CurrentTenant tenant, Envelope envelope, IdempotencyGate gate)
{
    public async Task<IdempotencyClaim> ClaimAsync(string key, CancellationToken cancellationToken)
    {
        var name = new KeyName(tenant.IsEntered ? tenant.Id : Guid.Empty, user.TokenId ?? user.UserId, key);
        await gate.Places.WaitAsync(cancellationToken);
        try
        {
            var connection = await TenantConnection.OpenAsync(dataSource, name.TenantId, cancellationToken);
            var claim = new IdempotencyClaim(name, connection, envelope, gate);
            await claim.LookAsync(cancellationToken);
            return claim;
        }
        catch
        {
            gate.Places.Release();
            throw;
        }
    }
}

/// <summary>Each claim holds a connection while the work may need another: so there are fewer places than connections.</summary>
internal sealed class IdempotencyGate
{
    public SemaphoreSlim Places { get; } = new(16);
}

/// <param name="TenantId">The tenant, or an empty id for routes about none.</param>
/// <param name="ActorId">The token or the person.</param>
/// <param name="Key">As it was sent.</param>
internal sealed record KeyName(Guid TenantId, Guid ActorId, string Key)
{
    /// <summary>What PostgreSQL locks by.</summary>
    public long Lock => BitConverter.ToInt64(SHA256.HashData(Encoding.UTF8.GetBytes($"idempotency {TenantId} {ActorId} {Key}")));

    public string Binding => $"idempotent answer {TenantId} {ActorId} {Key}";
}

/// <summary>
/// One request's hold on a key: an advisory lock on a connection of its own, which PostgreSQL lets go of when the process dies.
/// </summary>
internal sealed class IdempotencyClaim(KeyName name, NpgsqlConnection connection, Envelope envelope, IdempotencyGate gate) : IAsyncDisposable
{
    public bool IsHeldByAnother { get; private set; }

    /// <summary>What an earlier request with this key left; null where it is the first.</summary>
    public IdempotencyRecord? Kept { get; private set; }

    public async Task LookAsync(CancellationToken cancellationToken)
    {
        IsHeldByAnother = await ScalarAsync("SELECT pg_try_advisory_lock($1)", cancellationToken, name.Lock) is false;
        if (IsHeldByAnother) return;
        // This key is new again once its time is over; the others are cleared away once an hour (Jobs/Housekeeping).
        await ScalarAsync(
            "DELETE FROM idempotency_record WHERE tenant_id = $1 AND actor_id = $2 AND key = $3 AND created_at < now() - interval '24 hours'",
            cancellationToken, name.TenantId, name.ActorId, name.Key);
        Kept = await ReadAsync(cancellationToken);
    }

    /// <summary>Adds the row to the handler's unit of work. A route about no tenant has none: there it is written afterwards.</summary>
    public void CommitWithWork(PortalDbContext db, byte[] requestHash)
    {
        if (name.TenantId != Guid.Empty)
            db.Add(new IdempotencyRecord { TenantId = name.TenantId, ActorId = name.ActorId, Key = name.Key, RequestHash = requestHash });
    }

    /// <summary>Keeps the answer, sealed: it may hold what is shown only once, such as a new token.</summary>
    public Task KeepAsync(byte[] requestHash, HttpResponse answer, byte[] body) => ScalarAsync(
        """
        INSERT INTO idempotency_record (tenant_id, actor_id, key, request_hash, status, location, e_tag, body)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (tenant_id, actor_id, key) DO UPDATE SET status = excluded.status, location = excluded.location, e_tag = excluded.e_tag, body = excluded.body
        """,
        CancellationToken.None,
        name.TenantId, name.ActorId, name.Key, requestHash, answer.StatusCode,
        Text(answer.Headers.Location), Text(answer.Headers.ETag), envelope.Seal(body, name.Binding));

    /// <summary>Nothing was done: the key is free again.</summary>
    public Task ForgetAsync() => ScalarAsync(
        "DELETE FROM idempotency_record WHERE tenant_id = $1 AND actor_id = $2 AND key = $3", CancellationToken.None, name.TenantId, name.ActorId, name.Key);

    public byte[]? BodyOf(IdempotencyRecord kept) => kept.Body is null ? null : envelope.OpenBytes(kept.Body, name.Binding);

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Not left to the pool, which resets a connection only when it is used again.
            if (!IsHeldByAnother) await ScalarAsync("SELECT pg_advisory_unlock($1)", CancellationToken.None, name.Lock);
        }
        catch (NpgsqlException)
        {
            // The connection is gone, and the lock with it.
        }
        finally
        {
            await connection.DisposeAsync();
            gate.Places.Release();
        }
    }

    private async Task<IdempotencyRecord?> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(
            "SELECT request_hash, status, location, e_tag, body FROM idempotency_record WHERE tenant_id = $1 AND actor_id = $2 AND key = $3",
            name.TenantId, name.ActorId, name.Key);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        return new()
        {
            TenantId = name.TenantId,
            ActorId = name.ActorId,
            Key = name.Key,
            RequestHash = reader.GetFieldValue<byte[]>(0),
            Status = reader.GetInt32(1),
            Location = reader.IsDBNull(2) ? null : reader.GetString(2),
            ETag = reader.IsDBNull(3) ? null : reader.GetString(3),
            Body = reader.IsDBNull(4) ? null : reader.GetFieldValue<byte[]>(4),
        };
    }

    private async Task<object?> ScalarAsync(string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = Command(sql, values);
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private NpgsqlCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    private static object Text(string? header) => string.IsNullOrEmpty(header) ? DBNull.Value : header;
}
