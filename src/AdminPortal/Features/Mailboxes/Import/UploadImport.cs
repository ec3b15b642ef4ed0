using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>How an upload ended.</summary>
internal abstract record UploadOutcome
{
    private UploadOutcome() { }

    /// <summary>The file is kept under this id, with its preview if one was asked for.</summary>
    internal sealed record Stored(Guid ImportId, ImportPreview? Preview) : UploadOutcome;

    /// <summary>The file cannot be read. Nothing of it was kept.</summary>
    internal sealed record Refused(ImportProblem Problem) : UploadOutcome;
}

/// <summary>
/// Takes a file in: one pass over the upload checks every line and keeps what it says, so that applying needs no second upload and survives
/// the death of this process. With a preview, the same pass fills the comparison.
/// </summary>
internal sealed class UploadImport(TenantConnection connections, TenantScope scope, IOptions<ImportLimits> limits, LimitHits hits)
{
    /// <param name="upload">The file; read to its end.</param>
    /// <param name="fileName">What the uploader calls it.</param>
    /// <param name="choices">What shall be made of it.</param>
    /// <param name="preview">Whether to compare it with the mailboxes now.</param>
    /// <param name="cancellationToken">The uploader has gone: nothing is kept.</param>
    public async Task<UploadOutcome> HandleAsync(
        Stream upload, string fileName, ImportChoices choices, bool preview, CancellationToken cancellationToken)
    {
        var importId = Guid.CreateVersion7();
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await InsertAsync(connection, importId, fileName, cancellationToken);

        var counted = new CountingStream(upload);
        using var kept = new ImportFileWriter(connection, Tenant, importId);
        var items = MailboxCsvReader.ReadAsync(counted, choices.Action(), limits.Value, cancellationToken);
        var (file, broken, found) = preview
            ? await PreviewAsync(items, kept.Stream, choices, cancellationToken)
            : await ReadAsync(items, kept.Stream, cancellationToken);
        if (file is null)
        {
            Count(broken!);
            return new UploadOutcome.Refused(broken!);
        }

        await kept.CompleteAsync(cancellationToken);
        await CompleteAsync(connection, importId, counted.BytesRead, new KeptImport(StagedRows.Version, choices, file), found, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new UploadOutcome.Stored(importId, found);
    }

    private void Count(ImportProblem broken)
    {
        var limit = broken.Kind switch { ImportProblemKind.TooManyRows => nameof(ImportLimits.MaxRows), ImportProblemKind.RowTooLong => nameof(ImportLimits.MaxRowBytes), _ => null };
        if (limit is not null) hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Import)}:{limit}");
    }

    private static async Task<(FileSummary?, ImportProblem?, ImportPreview?)> ReadAsync(
        IAsyncEnumerable<ImportItem> items, Stream kept, CancellationToken cancellationToken)
    {
        var (file, broken) = await FileSummary.OfAsync(items, new StagedRows(kept), cancellationToken);
        return (file, broken, null);
    }

    private async Task<(FileSummary?, ImportProblem?, ImportPreview?)> PreviewAsync(
        IAsyncEnumerable<ImportItem> items, Stream kept, ImportChoices choices, CancellationToken cancellationToken)
    {
        await using var stage = await ImportStage.OpenAsync(connections, cancellationToken);
        await using var filling = await stage.BeginFillAsync(cancellationToken);
        var (file, broken) = await FileSummary.OfAsync(items, new StagedRows(kept, filling.Stream), cancellationToken);
        if (file is null)
            return (null, broken, null);
        await filling.CompleteAsync();
        return (file, null, await PreviewImport.CompareAsync(stage, file, choices, cancellationToken));
    }

    private Guid Tenant => scope.TenantId ?? throw new InvalidOperationException("Enter a tenant first.");

    private Task InsertAsync(NpgsqlConnection connection, Guid importId, string fileName, CancellationToken cancellationToken) => ExecuteAsync(
        connection,
        "INSERT INTO import (tenant_id, id, file_name, bytes, options) VALUES ($1, $2, $3, 0, '{}')",
        cancellationToken,
        new NpgsqlParameter { Value = Tenant },
        new NpgsqlParameter { Value = importId },
        new NpgsqlParameter { Value = fileName });

    private Task CompleteAsync(
        NpgsqlConnection connection, Guid importId, long bytes, KeptImport kept, ImportPreview? preview, CancellationToken cancellationToken) => ExecuteAsync(
        connection,
        "UPDATE import SET bytes = $3, options = $4, preview = $5 WHERE tenant_id = $1 AND id = $2",
        cancellationToken,
        new NpgsqlParameter { Value = Tenant },
        new NpgsqlParameter { Value = importId },
        new NpgsqlParameter { Value = bytes },
        Json(kept),
        preview is null ? new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb } : Json(preview));

    private static NpgsqlParameter Json<T>(T value) =>
        new() { Value = JsonSerializer.Serialize(value, OperationJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
