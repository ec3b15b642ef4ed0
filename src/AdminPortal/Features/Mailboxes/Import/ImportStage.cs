using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Jobs;
using Npgsql;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The rows of one file in temporary tables of one transaction, where set-based SQL (<see cref="ImportStatements"/>) compares them with the
/// tenant's mailboxes. COPY cannot write to a table with row-level security, and a temporary one has none; joined with the tenant's tables
/// it still sees that tenant alone. Everything vanishes with the transaction.
/// </summary>
internal sealed class ImportStage : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private ImportStage(NpgsqlConnection connection, NpgsqlTransaction transaction) => (this.connection, this.transaction) = (connection, transaction);

    public NpgsqlConnection Connection => connection;

    public static async Task<ImportStage> OpenAsync(TenantConnection connections, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenAsync(cancellationToken);
        try
        {
            var stage = new ImportStage(connection, await connection.BeginTransactionAsync(cancellationToken));
            await stage.ExecuteAsync(ImportStatements.Prepare, cancellationToken);
            return stage;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Copies rows that were kept earlier.</summary>
    public async Task FillAsync(Stream staged, CancellationToken cancellationToken)
    {
        await using var filling = await BeginFillAsync(cancellationToken);
        await staged.CopyToAsync(filling.Stream, cancellationToken);
        await filling.CompleteAsync();
    }

    /// <summary>Takes rows as <see cref="StagedRows"/> writes them.</summary>
    public async Task<Filling> BeginFillAsync(CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync(ImportStatements.Copy, cancellationToken));

    /// <summary>Finds each row's mailbox and decides what becomes of it. Nothing is locked, nothing of the tenant's is written.</summary>
    public async Task CompareAsync(FileSummary file, bool everyValue, CancellationToken cancellationToken)
    {
        await ExecuteAsync(ImportStatements.Survey, cancellationToken);
        var (unmatched, mayBeAmbiguous) = await MatchAsync(file, everyValue, cancellationToken);
        if (mayBeAmbiguous)
            await ExecuteAsync(ImportStatements.SetAmbiguousApart, cancellationToken);
        await ExecuteAsync(ImportStatements.FindTwice, cancellationToken);
        if (unmatched > 0)
            await ExecuteAsync(ImportStatements.FindNew, cancellationToken);
        await ExecuteAsync(ImportStatements.Decide(everyValue, mayCreate: file.Shape != ImportShape.List), cancellationToken);
    }

    /// <summary>Tries the keys one after the other, until every row has found its mailbox.</summary>
    private async Task<(int Unmatched, bool MayBeAmbiguous)> MatchAsync(FileSummary file, bool everyValue, CancellationToken cancellationToken)
    {
        var unmatched = file.Rows - file.RefusedRows;
        var mayBeAmbiguous = false;
        foreach (var match in ImportStatements.Matches.Where(m => file.Has(m.Key)).TakeWhile(_ => unmatched > 0))
        {
            var found = await ExecuteAsync(match.Sql(everyValue), cancellationToken);
            var left = match.IsUnique || found == 0 ? unmatched - found : await CountUnmatchedAsync(cancellationToken);
            // More finds than lines that found: some found several.
            mayBeAmbiguous |= found > unmatched - left;
            unmatched = left;
        }
        return (unmatched, mayBeAmbiguous);
    }

    private async Task<int> CountUnmatchedAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(ImportStatements.CountUnmatched);
        return (int)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public async Task<ImportCounts> CountAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(ImportStatements.Count);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new ImportCounts(reader.GetInt32(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3), reader.GetInt32(4));
    }

    public async Task<IReadOnlyDictionary<ImportProblemKind, int>> CountProblemsAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(ImportStatements.CountProblems);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new SortedDictionary<ImportProblemKind, int>();
        while (await reader.ReadAsync(cancellationToken))
            counts[reader.IsDBNull(0) ? Enum.Parse<ImportProblemKind>(reader.GetString(1), ignoreCase: true) : (ImportProblemKind)reader.GetInt16(0)] = reader.GetInt32(2);
        return counts;
    }

    /// <summary>The first refused rows of the file.</summary>
    public async Task<IReadOnlyList<ImportProblem>> ProblemsAsync(FileSummary file, int most, CancellationToken cancellationToken)
    {
        await using var command = Command(ImportStatements.Problems, new NpgsqlParameter { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var problems = new List<ImportProblem>();
        while (await reader.ReadAsync(cancellationToken))
            problems.Add(reader.IsDBNull(2) ? Compared(reader, file) : JsonSerializer.Deserialize<ImportProblem>(reader.GetString(2), OperationJson.Options)!);
        return problems;
    }

    /// <summary>The first mailboxes of the file that would be created or changed.</summary>
    public async Task<IReadOnlyList<PlannedChange>> ChangesAsync(int most, CancellationToken cancellationToken)
    {
        await using var command = Command(ImportStatements.Changes, new NpgsqlParameter { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var changes = new List<PlannedChange>();
        while (await reader.ReadAsync(cancellationToken))
            changes.Add(new PlannedChange(reader.GetInt32(0), reader.GetString(1), reader.GetBoolean(2), Settings(reader, 3), Settings(reader, 6)));
        return changes;
    }

    /// <summary>Runs one statement of the merge in the stage's transaction; answers how many rows it touched.</summary>
    public async Task<int> ExecuteAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Nobody can cancel half a commit.
    public Task CommitAsync() => transaction.CommitAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    private static ImportProblem Compared(NpgsqlDataReader reader, FileSummary file)
    {
        var key = reader.IsDBNull(4) ? (MailboxColumn?)null : (MailboxColumn)reader.GetInt16(4);
        return new ImportProblem((ImportProblemKind)reader.GetInt16(1), reader.GetInt32(0))
        {
            Value = reader.IsDBNull(3) ? null : reader.GetString(3),
            Column = key is null ? null : file.NameOf(key.Value),
            Number = reader.IsDBNull(5) ? null : reader.GetInt32(5),
        };
    }

    private static AccessSettings Settings(NpgsqlDataReader reader, int first) => new(
        (AccessSetting)reader.GetInt16(first), (AccessSetting)reader.GetInt16(first + 1), (AccessSetting)reader.GetInt16(first + 2));

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        // No time limit: a million rows take what they take, and the operation can be cancelled.
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }
}

/// <summary>Rows on their way into the stage; without <see cref="CompleteAsync"/> none of them arrives.</summary>
internal sealed class Filling(NpgsqlRawCopyStream copy) : IAsyncDisposable
{
    private bool complete;

    public Stream Stream => copy;

    public ValueTask CompleteAsync()
    {
        complete = true;
        return copy.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!complete)
            await copy.CancelAsync();
    }
}

/// <summary>How many rows the file has, and what becomes of them.</summary>
internal sealed record ImportCounts(int Rows, int Created, int Changed, int Unchanged, int Refused);
