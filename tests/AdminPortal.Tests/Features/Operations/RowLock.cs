using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

/// <summary>Somebody who holds a mailbox's row until this is disposed, so that whoever wants to change it stands still in the middle.</summary>
internal sealed class RowLock : IAsyncDisposable
{
    // In this database alone: other tests of the cluster wait for locks of their own.
    private const string Waiting = "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()";

    private readonly NpgsqlConnection holder;

    // Looks on from outside: within the holder's transaction pg_stat_activity stays as it was first read, and a later backend is never seen.
    private readonly NpgsqlConnection observer;

    private int[] waiting = [];

    private RowLock(NpgsqlConnection holder, NpgsqlConnection observer) => (this.holder, this.observer) = (holder, observer);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RowLock> TakeAsync(DatabaseCopy database, TestMailbox mailbox)
    {
        var somebody = new RowLock(await ConnectAsync(database), await ConnectAsync(database));
        await AskAsync<object>(somebody.holder, "BEGIN");
        await AskAsync<object>(somebody.holder, $"SELECT FROM mailbox WHERE id = '{mailbox.Id}' FOR UPDATE");
        return somebody;
    }

    /// <summary>Until a worker has begun and waits for the row. PostgreSQL itself waits between two looks.</summary>
    public Task UntilAwaitedAsync() => UntilAsync(waiting => waiting.Length > 0);

    /// <summary>Until a connection waits that did not at the last look: one that is being ended still waits for a moment.</summary>
    public Task UntilAwaitedByAnotherAsync()
    {
        var before = waiting;
        return UntilAsync(waiting => waiting.Except(before).Any());
    }

    /// <summary>Ends the connection that waits, as an operator may, or a restart of the database does.</summary>
    public Task TerminateWaitingAsync() => AskAsync<long>(observer, $"SELECT count(pg_terminate_backend(a.pid)) {Waiting}");

    public async ValueTask DisposeAsync()
    {
        await holder.DisposeAsync();
        await observer.DisposeAsync();
    }

    private async Task UntilAsync(Func<int[], bool> enough)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (!enough(waiting = await AskAsync<int[]>(observer, $"SELECT coalesce(array_agg(DISTINCT a.pid), '{{}}') {Waiting}") ?? []))
        {
            patience.Token.ThrowIfCancellationRequested();
            await AskAsync<object>(observer, "SELECT pg_sleep(0.02)");
        }
    }

    private static async Task<NpgsqlConnection> ConnectAsync(DatabaseCopy database)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        return connection;
    }

    private static async Task<T?> AskAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T?)await command.ExecuteScalarAsync(Cancel);
    }
}
