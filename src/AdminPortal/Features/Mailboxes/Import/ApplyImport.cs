using AdminPortal.Data;
using AdminPortal.Jobs;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What the operation is asked to do.</summary>
/// <param name="ImportId">The file.</param>
/// <param name="SkipRefused">Apply the good lines although others are refused.</param>
internal sealed record ApplyImportRequest(Guid ImportId, bool SkipRefused);

/// <summary>How asking for it ended.</summary>
internal abstract record ApplyOutcome
{
    private ApplyOutcome() { }

    /// <summary>The operation that does, or did, the work: asking twice is answered with the same one.</summary>
    internal sealed record Accepted(Operation Operation) : ApplyOutcome;

    /// <summary>This tenant has no such import, or it was forgotten after a day.</summary>
    internal sealed record NotFound : ApplyOutcome;

    /// <summary>Lines are refused, and nobody said to leave them out.</summary>
    internal sealed record LinesRefused(int Count) : ApplyOutcome;
}

/// <summary>Accepts the application of an uploaded file as an operation.</summary>
internal sealed class ApplyImport(PortalDbContext db, OperationQueue queue)
{
    public const string Kind = "import";

    public async Task<ApplyOutcome> HandleAsync(ApplyImportRequest request, string? reason, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        // Locked, so that two who press the button at once get one operation.
        var import = await db.Imports
            .FromSql($"SELECT * FROM import WHERE id = {request.ImportId} FOR UPDATE")
            .SingleOrDefaultAsync(cancellationToken);
        if (import is null)
            return new ApplyOutcome.NotFound();
        if (await StandingOperationAsync(import, cancellationToken) is { } standing)
            return new ApplyOutcome.Accepted(standing);
        if (!request.SkipRefused && Previews.Of(import) is { Refused: > 0 and var refused })
            return new ApplyOutcome.LinesRefused(refused);

        var operation = queue.Add(Kind, request, reason, Previews.Of(import)?.Rows ?? 0);
        import.OperationId = operation.Id;
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        queue.Wake();
        return new ApplyOutcome.Accepted(operation);
    }

    // One that failed or was cancelled changed nothing, and may be asked for again.
    private async Task<Operation?> StandingOperationAsync(Data.Import import, CancellationToken cancellationToken) =>
        import.OperationId is not { } id
            ? null
            : await db.Operations
                .AsNoTracking()
                .SingleOrDefaultAsync(o => o.Id == id && o.State != OperationState.Failed && o.State != OperationState.Cancelled, cancellationToken);
}
