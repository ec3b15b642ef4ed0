using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.Operations;

/// <summary>Somebody who holds a mailbox's row until this is disposed, so that whoever wants to change it stands still in the middle.</summary>
internal sealed class RowLock : IAsyncDisposable
{
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
        while (await AskAsync("SELECT count(*) FROM pg_locks WHERE NOT granted") is 0L)
        {
            Cancel.ThrowIfCancellationRequested();
            await AskAsync("SELECT pg_sleep(0.02)");
        }
    }

    /// <summary>Ends the connection that waits, as an operator may, or a restart of the database does.</summary>
    public Task TerminateWaitingAsync() => AskAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted");

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<object?> AskAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
