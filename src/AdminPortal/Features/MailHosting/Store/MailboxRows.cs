using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// One mailbox's rows, as one session reaches them: behind its tenant's wall, with INBOX and the special folders made before the first look,
/// and the session's last use noted.
/// </summary>
/// <param name="database">Where they lie.</param>
/// <param name="tenantId">Whose wall.</param>
/// <param name="mailboxId">Which mailbox.</param>
/// <param name="touch">Called at each use.</param>
internal sealed class MailboxRows(MailDatabase database, Guid tenantId, Guid mailboxId, Action touch)
{
    private bool folderMade;

    public Guid TenantId => tenantId;

    public Guid MailboxId => mailboxId;

    /// <summary>Whose such a folder is: the mailbox's, or the tenant's, whose folders all its mailboxes share.</summary>
    public Guid OwnerOf(string folder) => SharedFolders.Hold(folder) ? tenantId : mailboxId;

    /// <summary>Octets the mailbox may hold where its own row says nothing.</summary>
    public long Quota { get; init; } = long.MaxValue;

    public Task<T> RunAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken cancellationToken)
    {
        touch();
        return database.InTenantAsync(
            tenantId,
            async connection =>
            {
                if (!folderMade) await MakeFoldersAsync(connection, cancellationToken);
                return await work(connection);
            },
            cancellationToken);
    }

    /// <summary>A question in one round trip.</summary>
    public async Task<T> AskAsync<T>(NpgsqlBatchCommand question, Func<NpgsqlDataReader, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        if (!folderMade) await RunAsync(_ => Task.FromResult(true), cancellationToken);
        touch();
        return await database.AskInTenantAsync(tenantId, question, read, cancellationToken);
    }

    /// <summary>The same for work of several statements that stand or fall together. The work says whether to commit.</summary>
    public Task<T> RunInTransactionAsync<T>(Func<NpgsqlConnection, Task<(T Outcome, bool Commit)>> work, CancellationToken cancellationToken) =>
        RunAsync(
            async connection =>
            {
                await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
                var (outcome, commit) = await work(connection);
                if (commit) await transaction.CommitAsync(cancellationToken);
                return outcome;
            },
            cancellationToken);

    private async Task MakeFoldersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var make = new NpgsqlCommand("SELECT ensure_mail_store($1, $2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = mailboxId } },
        };
        await make.ExecuteNonQueryAsync(cancellationToken);
        folderMade = true;
    }
}

/// <summary>Spares the ceremony of parameters.</summary>
internal static class Sql
{
    public static NpgsqlBatchCommand Command(string text, params object?[] values)
    {
        var command = new NpgsqlBatchCommand(text);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    public static NpgsqlCommand Command(NpgsqlConnection connection, string text, params object?[] values)
    {
        var command = new NpgsqlCommand(text, connection);
        foreach (var value in values) command.Parameters.Add(Parameter(value));
        return command;
    }

    public static NpgsqlBatch Batch(NpgsqlConnection connection, params IEnumerable<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(connection);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        return batch;
    }

    /// <summary>UIDs and UIDVALIDITY are unsigned; PostgreSQL has no such integer.</summary>
    public static long[] Longs(IReadOnlyList<uint> uids) => [.. uids.Select(uid => (long)uid)];

    public static uint GetUInt32(this NpgsqlDataReader reader, int column) => checked((uint)reader.GetInt64(column));

    private static NpgsqlParameter Parameter(object? value) => value is Stream
        ? new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea }
        : new() { Value = value ?? DBNull.Value };
}
