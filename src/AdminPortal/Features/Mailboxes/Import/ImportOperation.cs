using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Jobs;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>Why an import failed as a whole: codes that the operation's page words.</summary>
internal static class ImportErrors
{
    /// <summary>The upload is gone: it was forgotten after a day, or kept by another version.</summary>
    public const string Gone = "importGone";

    /// <summary>Lines are refused, and nobody said to leave them out. Nothing was changed.</summary>
    public const string LinesRefused = "importLinesRefused";
}

/// <summary>
/// Applies an uploaded file: reading, comparing, merging, one audit event for each mailbox, the change feed and the operation's final state
/// in one transaction. A process or a database killed in the middle leaves all of it or none.
/// </summary>
internal sealed class ImportOperation(
    PortalDbContext db, TenantConnection connections, Actor actor, ChangeFeed feed) : IOperationHandler
{
    /// <summary>Somebody may create an address between our comparison and our INSERT: then compare again.</summary>
    private const int Attempts = 3;

    public string Kind => ApplyImport.Kind;

    public async Task RunAsync(OperationRun run, CancellationToken cancellationToken)
    {
        var request = run.Request<ApplyImportRequest>();
        var import = await db.Imports.AsNoTracking().SingleOrDefaultAsync(i => i.Id == request.ImportId, cancellationToken)
            ?? throw new OperationRefusedException(ImportErrors.Gone);
        var kept = Previews.KeptOf(import) ?? throw new OperationRefusedException(ImportErrors.Gone);

        for (var attempt = 1; ; attempt++)
            try
            {
                await ApplyAsync(run, import, kept, request.SkipRefused, cancellationToken);
                break;
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation && attempt < Attempts)
            {
                // Rolled back; the address that was free is now somebody's.
            }

        // Committed: told to the end, whatever stops meanwhile.
        await feed.PublishAsync(new AccessChange(run.TenantId, null), CancellationToken.None);
    }

    private async Task ApplyAsync(OperationRun run, Data.Import import, KeptImport kept, bool skipRefused, CancellationToken cancellationToken)
    {
        var (_, choices, file) = kept;
        await using var stage = await ImportStage.OpenAsync(connections, cancellationToken);
        await StageAsync(stage, run, import, cancellationToken);
        await run.ReportAsync(0, file.Rows, cancellationToken);
        await stage.CompareAsync(file, choices.Explicit, cancellationToken);
        var counts = await stage.CountAsync(cancellationToken);
        if (counts.Refused > 0 && !skipRefused)
            await RefuseAsync(stage, run, cancellationToken);

        var changed = await MergeAsync(stage, run, choices, cancellationToken);
        await RecordAsync(stage, run, import, counts, changed, cancellationToken);
        await run.FinishAsync(
            stage.Connection,
            new OperationCounts(changed + counts.Created, counts.Unchanged + counts.Changed - changed, counts.Refused),
            cancellationToken);
        await stage.CommitAsync();
    }

    private async Task StageAsync(ImportStage stage, OperationRun run, Data.Import import, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await using var rows = ImportFile.Read(connection, run.TenantId, import.Id);
        await stage.FillAsync(rows, cancellationToken);
    }

    /// <summary>Ends without a change; the refused lines are kept, so that whoever asked reads which and why.</summary>
    private static async Task RefuseAsync(ImportStage stage, OperationRun run, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync(ImportStatements.RecordRefused, cancellationToken, [Value(run.Id), .. KindsAndWords()]);
        await stage.CommitAsync();
        throw new OperationRefusedException(ImportErrors.LinesRefused);
    }

    /// <summary>Changes and creates; answers how many existing mailboxes really changed.</summary>
    private async Task<int> MergeAsync(ImportStage stage, OperationRun run, ImportChoices choices, CancellationToken cancellationToken)
    {
        await stage.ExecuteAsync(ImportStatements.Lock(choices.Explicit), cancellationToken);
        var changed = await stage.ExecuteAsync(ImportStatements.Change, cancellationToken, Who(run));
        await stage.ExecuteAsync(ImportStatements.Create, cancellationToken, Who(run));
        await stage.ExecuteAsync(ImportStatements.CreateAliases, cancellationToken);
        return changed;
    }

    private async Task RecordAsync(
        ImportStage stage, OperationRun run, Data.Import import, ImportCounts counts, int changed, CancellationToken cancellationToken)
    {
        if (counts.Refused > 0)
            await stage.ExecuteAsync(ImportStatements.RecordRefused, cancellationToken, [Value(run.Id), .. KindsAndWords()]);
        var result = JsonSerializer.SerializeToDocument(new { counts.Created, Changed = changed, counts.Refused }, OperationJson.Options);
        await stage.ExecuteAsync(
            ImportStatements.RecordImport, cancellationToken,
            [.. Who(run), Value(AuditActions.ImportApplied), Value(import.Id), Value(import.FileName), new() { Value = result, NpgsqlDbType = NpgsqlDbType.Jsonb }]);
        await stage.ExecuteAsync(ImportStatements.ForgetFile, cancellationToken, Value(import.Id));
        await stage.ExecuteAsync(ImportStatements.Tell, cancellationToken);
    }

    /// <summary>The parameters <c>$1</c> to <c>$6</c> of the statements that write audit events.</summary>
    private NpgsqlParameter[] Who(OperationRun run) =>
    [
        Value(run.Id),
        Value(actor.Name),
        Value((short)actor.Kind),
        new() { Value = (object?)actor.Id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
        new() { Value = (object?)run.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        new() { Value = (object?)actor.RemoteAddress ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
    ];

    private static NpgsqlParameter[] KindsAndWords()
    {
        var kinds = Enum.GetValues<ImportProblemKind>();
        return [Value(kinds.Select(kind => (short)kind).ToArray()), Value(kinds.Select(kind => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString())).ToArray())];
    }

    private static NpgsqlParameter Value(object value) => new() { Value = value };
}
