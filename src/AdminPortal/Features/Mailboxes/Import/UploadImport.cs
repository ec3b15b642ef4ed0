using System.Text.Json;
using AdminPortal.Data;
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
/// Takes a file in: one pass over the upload checks every line and keeps the bytes, so that applying needs no second upload and survives
/// the death of this process. With a preview, the same pass fills the comparison.
/// </summary>
internal sealed class UploadImport(TenantConnection connections, TenantScope scope, IOptions<ImportLimits> limits)
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
        await ForgetOldAsync(connection, cancellationToken);
        await InsertAsync(connection, importId, fileName, choices, cancellationToken);

        var (file, found, bytes) = await TakeInAsync(connection, upload, importId, choices, preview, cancellationToken);
        if (file.Broken is { } broken)
            return new UploadOutcome.Refused(broken);

        await CompleteAsync(connection, importId, bytes, found, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new UploadOutcome.Stored(importId, found);
    }

    private async Task<(FileSummary File, ImportPreview? Preview, long Bytes)> TakeInAsync(
        NpgsqlConnection connection, Stream upload, Guid importId, ImportChoices choices, bool preview, CancellationToken cancellationToken)
    {
        using var kept = new ImportFileWriter(connection, Tenant, importId);
        await using var copying = new CopyingStream(upload, kept.Stream);
        var items = MailboxCsvReader.ReadAsync(copying, choices.Action(), limits.Value, cancellationToken);
        var (file, found) = preview ? await PreviewAsync(items, choices, cancellationToken) : (await SummariseAsync(items), null);
        if (file.Broken is null)
            await kept.CompleteAsync(cancellationToken);
        return (file, found, copying.BytesRead);
    }

    private async Task<(FileSummary File, ImportPreview? Preview)> PreviewAsync(
        IAsyncEnumerable<ImportItem> items, ImportChoices choices, CancellationToken cancellationToken)
    {
        await using var stage = await ImportStage.OpenAsync(connections, cancellationToken);
        var file = await stage.FillAsync(items, report: null, cancellationToken);
        return (file, file.Broken is null ? await PreviewImport.CompareAsync(stage, file, choices, cancellationToken) : null);
    }

    private static async Task<FileSummary> SummariseAsync(IAsyncEnumerable<ImportItem> items)
    {
        var file = new FileSummary();
        await foreach (var item in items)
            file.Add(item);
        return file;
    }

    private Guid Tenant => scope.TenantId ?? throw new InvalidOperationException("Enter a tenant first.");

    // An upload is somebody's list of people: a day is enough to look at a preview.
    private Task ForgetOldAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => ExecuteAsync(
        connection,
        """
        DELETE FROM import i WHERE i.tenant_id = $1 AND i.created_at < now() - interval '1 day'
          AND NOT EXISTS (SELECT FROM operation o WHERE o.tenant_id = i.tenant_id AND o.id = i.operation_id AND o.state IN (1, 2))
        """,
        cancellationToken,
        new NpgsqlParameter { Value = Tenant });

    private Task InsertAsync(NpgsqlConnection connection, Guid importId, string fileName, ImportChoices choices, CancellationToken cancellationToken) =>
        ExecuteAsync(
            connection,
            "INSERT INTO import (tenant_id, id, file_name, bytes, options) VALUES ($1, $2, $3, 0, $4)",
            cancellationToken,
            new NpgsqlParameter { Value = Tenant },
            new NpgsqlParameter { Value = importId },
            new NpgsqlParameter { Value = fileName },
            Json(choices));

    private Task CompleteAsync(NpgsqlConnection connection, Guid importId, long bytes, ImportPreview? preview, CancellationToken cancellationToken) =>
        ExecuteAsync(
            connection,
            "UPDATE import SET bytes = $3, preview = $4 WHERE tenant_id = $1 AND id = $2",
            cancellationToken,
            new NpgsqlParameter { Value = Tenant },
            new NpgsqlParameter { Value = importId },
            new NpgsqlParameter { Value = bytes },
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
