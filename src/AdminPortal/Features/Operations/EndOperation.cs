using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Operations;

/// <summary>How cancelling or undoing ended.</summary>
public abstract record EndOperationOutcome
{
    private EndOperationOutcome() { }

    /// <summary>Done, or on its way: a running operation is cancelled within a second, an undo is an operation of its own.</summary>
    public sealed record Accepted(Operation Operation) : EndOperationOutcome;

    /// <summary>This tenant has no such operation.</summary>
    public sealed record NotFound : EndOperationOutcome;

    /// <summary>It is not for this person: the helpdesk ends only what it asked for itself.</summary>
    public sealed record NotYours : EndOperationOutcome;

    /// <summary>It cannot be ended so.</summary>
    public sealed record Refused(EndRefusal Why) : EndOperationOutcome;
}

public enum EndRefusal
{
    /// <summary>It has ended already.</summary>
    Finished,

    /// <summary>It has not succeeded, so there is nothing to take back.</summary>
    NothingDone,

    /// <summary>It changed nothing.</summary>
    NothingChanged,

    /// <summary>It was taken back already, or is being so.</summary>
    AlreadyUndone,

    /// <summary>This kind cannot be taken back.</summary>
    CannotBeUndone,
}

/// <summary>Cancels an operation that has not ended, and takes back one that has.</summary>
public sealed class EndOperation(PortalDbContext db, OperationQueue queue, IEnumerable<IOperationHandler> handlers, Actor actor, TimeProvider time)
{
    public async Task<EndOperationOutcome> CancelAsync(Guid id, bool onlyOwn, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await db.Operations.SingleOrDefaultAsync(o => o.Id == id, cancellationToken) is not { } operation) return new EndOperationOutcome.NotFound();
            if (onlyOwn && operation.RequestedById != actor.Id) return new EndOperationOutcome.NotYours();
            if (operation.State is not (OperationState.Queued or OperationState.Running)) return new EndOperationOutcome.Refused(EndRefusal.Finished);

            operation.CancelRequested = true;
            if (operation.State == OperationState.Queued)
                (operation.State, operation.FinishedAt) = (OperationState.Cancelled, time.GetUtcNow());
            if (await IsSavedAsync(cancellationToken)) return new EndOperationOutcome.Accepted(operation);
        }
    }

    public async Task<EndOperationOutcome> UndoAsync(Guid id, bool onlyOwn, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await db.Operations.SingleOrDefaultAsync(o => o.Id == id, cancellationToken) is not { } original) return new EndOperationOutcome.NotFound();
            if (onlyOwn && original.RequestedById != actor.Id) return new EndOperationOutcome.NotYours();
            if (await WhyNotUndoneAsync(original, cancellationToken) is { } why) return new EndOperationOutcome.Refused(why);

            var undo = queue.Add(original.Kind, new { }, original.Reason, total: original.Changed, undoOf: original.Id);
            original.UndoneBy = undo.Id;
            db.AuditEvents.Add(actor.Did(
                original.TenantId, AuditActions.OperationUndone, "operation", original.Id, original.Kind, after: new Dictionary<string, Guid> { ["undoneBy"] = undo.Id }));
            if (!await IsSavedAsync(cancellationToken)) continue;
            queue.Wake();
            return new EndOperationOutcome.Accepted(undo);
        }
    }

    /// <summary>Whether the undo button belongs there.</summary>
    public async Task<bool> CanBeUndoneAsync(Operation operation, CancellationToken cancellationToken) =>
        await WhyNotUndoneAsync(operation, cancellationToken) is null;

    private async Task<EndRefusal?> WhyNotUndoneAsync(Operation operation, CancellationToken cancellationToken)
    {
        if (!handlers.Any(h => h.Kind == operation.Kind && h is IUndoableOperationHandler)) return EndRefusal.CannotBeUndone;
        if (operation.State != OperationState.Succeeded) return EndRefusal.NothingDone;
        if (operation.Changed == 0) return EndRefusal.NothingChanged;
        return await IsBeingUndoneAsync(operation, cancellationToken) ? EndRefusal.AlreadyUndone : null;
    }

    // An undo that failed or was cancelled changed nothing: it may be tried again.
    private async Task<bool> IsBeingUndoneAsync(Operation operation, CancellationToken cancellationToken) =>
        operation.UndoneBy is { } undo
        && await db.Operations.AnyAsync(o => o.Id == undo && o.State != OperationState.Failed && o.State != OperationState.Cancelled, cancellationToken);

    /// <summary>False where a worker, or somebody else, moved the operation meanwhile: look again.</summary>
    private async Task<bool> IsSavedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return false;
        }
    }
}
