using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Jobs;
using Npgsql;
using NpgsqlTypes;

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

    /// <summary>Copies a file's rows, refused ones with their problem; answers what was learned of the file on the way.</summary>
    /// <param name="items">The file.</param>
    /// <param name="report">Told from time to time how many rows have been copied; null when nobody watches.</param>
    /// <param name="cancellationToken">Ends the copying.</param>
    public async Task<FileSummary> FillAsync(
        IAsyncEnumerable<ImportItem> items, Func<int, Task>? report, CancellationToken cancellationToken)
    {
        const int Between = 100_000;
        var summary = new FileSummary();
        await using (var copy = await connection.BeginBinaryImportAsync(ImportStatements.Copy, cancellationToken))
        {
            await foreach (var item in items.WithCancellation(cancellationToken))
            {
                summary.Add(item);
                if (item is ImportItem.Row { Content: var row })
                    await WriteAsync(copy, row, cancellationToken);
                else if (item is ImportItem.Refused { Problem: var problem })
                    await WriteAsync(copy, problem, cancellationToken);
                if (report is not null && summary.Rows % Between == 0 && item is ImportItem.Row)
                    await report(summary.Rows);
            }
            await copy.CompleteAsync(cancellationToken);
        }
        return summary;
    }

    /// <summary>Finds each row's mailbox and decides what becomes of it. Nothing is locked, nothing of the tenant's is written.</summary>
    public async Task CompareAsync(FileSummary file, bool everyValue, CancellationToken cancellationToken)
    {
        await ExecuteAsync("ANALYZE import_row", cancellationToken);
        await MatchAsync(file, cancellationToken);
        await ExecuteAsync(ImportStatements.Contradict, cancellationToken);
        await ExecuteAsync(ImportStatements.Decide(everyValue, mayCreate: file.Header?.Shape != ImportShape.List), cancellationToken);
    }

    /// <summary>Tries the keys one after the other, until every row has found its mailbox.</summary>
    private async Task MatchAsync(FileSummary file, CancellationToken cancellationToken)
    {
        var unmatched = file.Rows - file.RefusedRows;
        foreach (var match in ImportStatements.Matches.Where(m => file.Has(m.Key)).TakeWhile(_ => unmatched > 0))
        {
            var found = await ExecuteAsync(match.Sql, cancellationToken);
            if (found > 0)
                unmatched = match.IsUnique ? unmatched - found : await CountUnmatchedAsync(cancellationToken);
        }
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

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, ImportRow row, CancellationToken cancellationToken)
    {
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(row.Line, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteNullAsync(cancellationToken);
        await TextAsync(row.ExternalDirectoryObjectId?.ToString());
        if (row.ExchangeGuid is { } guid)
            await copy.WriteAsync(guid, NpgsqlDbType.Uuid, cancellationToken);
        else
            await copy.WriteNullAsync(cancellationToken);
        await TextAsync(row.Address);
        await TextAsync(row.UserPrincipalName);
        await TextAsync(IdentityKey(row.Identity));
        await TextAsync(row.Name?.ToLowerInvariant());
        await TextAsync(row.DisplayName ?? row.Name);
        await TextAsync(row.Plan);
        if (row.Aliases.Count > 0)
            await copy.WriteAsync(row.Aliases.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text, cancellationToken);
        else
            await copy.WriteNullAsync(cancellationToken);
        await SettingAsync(row.Pop3);
        await SettingAsync(row.Imap);
        await SettingAsync(row.Smtp);

        Task TextAsync(string? text) => text is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);

        Task SettingAsync(AccessSetting? setting) =>
            setting is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync((short)setting, NpgsqlDbType.Smallint, cancellationToken);
    }

    // The canonical name that Exchange on premises writes (contoso.example/Users/Alice) ends in the Name; a GUID is compared as the text that
    // PostgreSQL makes of it.
    private static string? IdentityKey(string? identity) =>
        identity is null ? null
        : Guid.TryParse(identity, out var guid) ? guid.ToString()
        : identity[(identity.LastIndexOf('/') + 1)..].ToLowerInvariant();

    private static async Task WriteAsync(NpgsqlBinaryImporter copy, ImportProblem problem, CancellationToken cancellationToken)
    {
        const int OtherColumns = 12;
        await copy.StartRowAsync(cancellationToken);
        await copy.WriteAsync(problem.Line ?? 0, NpgsqlDbType.Integer, cancellationToken);
        await copy.WriteAsync(JsonSerializer.Serialize(problem, OperationJson.Options), NpgsqlDbType.Text, cancellationToken);
        for (var i = 0; i < OtherColumns; i++)
            await copy.WriteNullAsync(cancellationToken);
    }
}

/// <summary>What reading a file told about it as a whole.</summary>
internal sealed class FileSummary
{
    private readonly List<IgnoredColumn> ignored = [];

    public ImportItem.Header? Header { get; private set; }

    /// <summary>Why the file cannot be used at all; null when it can.</summary>
    public ImportProblem? Broken { get; private set; }

    /// <summary>All rows, refused ones included.</summary>
    public int Rows { get; private set; }

    public int RefusedRows { get; private set; }

    public IReadOnlyList<IgnoredColumn> Ignored => ignored;

    /// <summary>Whether the file has a column that this key is read from.</summary>
    public bool Has(MailboxColumn key) =>
        Header is not null && (Header.Columns.ContainsKey(key) || (key == MailboxColumn.Address && Header.Columns.ContainsKey(MailboxColumn.Aliases)));

    /// <summary>What the file calls a column.</summary>
    public string? NameOf(MailboxColumn key) =>
        Header?.Columns.GetValueOrDefault(key) ?? (key == MailboxColumn.Address ? Header?.Columns.GetValueOrDefault(MailboxColumn.Aliases) : null);

    public void Add(ImportItem item)
    {
        switch (item)
        {
            case ImportItem.Header header:
                Header = header;
                ignored.AddRange(header.Ignored);
                break;
            case ImportItem.Notice notice:
                ignored.Add(notice.Column);
                break;
            case ImportItem.Row:
                Rows++;
                break;
            case ImportItem.Refused:
                Rows++;
                RefusedRows++;
                break;
            case ImportItem.Broken broken:
                Broken = broken.Problem;
                break;
        }
    }
}

/// <summary>How many rows the file has, and what becomes of them.</summary>
internal sealed record ImportCounts(int Rows, int Created, int Changed, int Unchanged, int Refused);
