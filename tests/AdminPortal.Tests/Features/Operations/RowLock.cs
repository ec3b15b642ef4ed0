using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

/// <summary>Somebody who holds a mailbox's row until this is disposed, so that whoever wants to change it stands still in the middle.</summary>
internal sealed class RowLock : IAsyncDisposable
{
    // In this database alone: other tests of the cluster wait for locks of their own.
    private const string Waiting = "FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid WHERE NOT l.granted AND a.datname = current_database()";

    private readonly NpgsqlConnection connection;

    private RowLock(NpgsqlConnection connection) => this.connection = connection;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<RowLock> TakeAsync(DatabaseCopy database, TestMailbox mailbox)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        var somebody = new RowLock(connection);
        await somebody.AskAsync("BEGIN");
        await somebody.AskAsync($"SELECT FROM mailbox WHERE id = '{mailbox.Id}' FOR UPDATE");
        return somebody;
    }

    /// <summary>Until a worker has begun and waits for the row. PostgreSQL itself waits between two looks.</summary>
    public async Task UntilAwaitedAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromMinutes(1));
        while (await AskAsync($"SELECT count(*) {Waiting}") is 0L)
        {
            patience.Token.ThrowIfCancellationRequested();
            await AskAsync("SELECT pg_sleep(0.02)");
        }
    }

    /// <summary>Ends the connection that waits, as an operator may, or a restart of the database does.</summary>
    public Task TerminateWaitingAsync() => AskAsync($"SELECT count(pg_terminate_backend(a.pid)) {Waiting}");

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<object?> AskAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
