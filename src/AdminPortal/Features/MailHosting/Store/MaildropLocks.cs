using System.Buffers.Binary;
using System.Data;
using System.Security.Cryptography;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// POP3's exclusive access (RFC 1939, section 8), over all processes: a session-level advisory lock of PostgreSQL for each open maildrop, all
/// held by one connection of this process, so that a thousand POP3 sessions cost one connection and their locks die with the process.
/// </summary>
/// <remarks>
/// PostgreSQL lets a session take its own lock twice, so this process keeps its own list first. When the connection breaks the locks are
/// gone; the next connection takes them again before anything else.
/// </remarks>
internal sealed class MaildropLocks(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private readonly SemaphoreSlim turn = new(1);
    private readonly HashSet<Guid> held = [];
    private NpgsqlConnection? connection;
    private bool closed;

    /// <summary>Whether the connection that holds the locks is believed to be alive. Its keep-alive may find out between two questions that it is not.</summary>
    internal bool IsConnected => connection is { State: ConnectionState.Open };

    /// <summary>The lock, or null when another POP3 session of any process has it. Disposing gives it back.</summary>
    public async Task<MaildropLock?> TryTakeAsync(Guid mailboxId, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            if (held.Contains(mailboxId) || !await LockAsync(mailboxId)) return null;
            held.Add(mailboxId);
            return new(this, mailboxId);
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A session that ends at this moment gives its lock back first: two who use a connection at once may wait for ever.
        await turn.WaitAsync();
        closed = true;
        await ForgetConnectionAsync();
        turn.Release();
    }

    internal async Task GiveBackAsync(Guid mailboxId)
    {
        await turn.WaitAsync();
        try
        {
            held.Remove(mailboxId);
            if (IsConnected) await AskAsync(connection!, "SELECT pg_advisory_unlock($1)", mailboxId);
        }
        catch (Exception) when (!IsConnected)
        {
            // The connection is gone, and the lock with it.
            await ForgetConnectionAsync();
        }
        finally
        {
            turn.Release();
        }
    }

    // Never cancelled half-way: whether the lock was taken would be unknown. The connection's own timeout bounds it.
    private async Task<bool> LockAsync(Guid mailboxId)
    {
        try
        {
            try
            {
                return await AskAsync(await ConnectedAsync(), "SELECT pg_try_advisory_lock($1)", mailboxId);
            }
            catch (Exception) when (connection is not null && !IsConnected)
            {
                await ForgetConnectionAsync();
                return await AskAsync(await ConnectedAsync(), "SELECT pg_try_advisory_lock($1)", mailboxId);
            }
        }
        catch (NpgsqlException exception)
        {
            await ForgetConnectionAsync();
            throw new MailStoreUnavailableException("The maildrop could not be locked.", exception);
        }
    }

    private async Task<NpgsqlConnection> ConnectedAsync()
    {
        if (IsConnected) return connection!;
        if (closed) throw new MailStoreUnavailableException("The server stops.");
        await ForgetConnectionAsync();
        var fresh = Unpooled.Connection(dataSource);
        try
        {
            await fresh.OpenAsync();
            foreach (var mailboxId in held) await AskAsync(fresh, "SELECT pg_try_advisory_lock($1)", mailboxId);
        }
        catch
        {
            await fresh.DisposeAsync();
            throw;
        }
        return connection = fresh;
    }

    private async Task ForgetConnectionAsync()
    {
        if (connection is null) return;
        await connection.DisposeAsync();
        connection = null;
    }

    private static async Task<bool> AskAsync(NpgsqlConnection connection, string sql, Guid mailboxId)
    {
        await using var command = Sql.Command(connection, sql, Key(mailboxId));
        return await command.ExecuteScalarAsync() is true;
    }

    // The key is 64 bits wide and shared with everybody in this database, so it is spread over all of them.
    private static long Key(Guid mailboxId) => BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData([.. "maildrop"u8, .. mailboxId.ToByteArray()]));
}

/// <summary>Exclusive access to one maildrop.</summary>
internal sealed class MaildropLock(MaildropLocks locks, Guid mailboxId) : IAsyncDisposable
{
    private int givenBack;

    public ValueTask DisposeAsync() => Interlocked.Exchange(ref givenBack, 1) == 0 ? new(locks.GiveBackAsync(mailboxId)) : ValueTask.CompletedTask;
}
