namespace AdminPortal.Jobs;

/// <summary>
/// Does the work of one kind of operation. Resolved in a scope of its own, in which the tenant is entered and the actor is whoever asked.
/// Registered as a scoped <see cref="IOperationHandler"/>.
/// </summary>
/// <remarks>
/// The rule that makes kill -9 harmless: the handler does all its work in one transaction, calls
/// <see cref="OperationRun.FinishAsync"/> on that transaction's connection as its last statement, and commits. What is not committed never
/// happened, and the operation is taken up again; what is committed says so itself. An exception fails the operation with a bland sentence and
/// is logged whole; <see cref="OperationRefusedException"/> fails it with its own sentence; a lost database requeues it.
/// </remarks>
public interface IOperationHandler
{
    /// <summary><c>accessChange</c>, <c>import</c> …: as stored in <see cref="Data.Operation.Kind"/>.</summary>
    string Kind { get; }

    /// <param name="run">The claimed operation.</param>
    /// <param name="cancellationToken">Cancelled when somebody cancels the operation or the process stops. Work that was rolled back because of
    /// it is then marked cancelled, or queued again. Do not pass it to the commit.</param>
    Task RunAsync(OperationRun run, CancellationToken cancellationToken);
}

/// <summary>A kind that can be taken back: the undo is an operation of the same kind, whose <see cref="OperationRun.UndoOf"/> is set.</summary>
public interface IUndoableOperationHandler : IOperationHandler
{
    /// <summary>Takes back what the original changed, restricted to rows that still are as it left them.</summary>
    /// <param name="run">The claimed undo.</param>
    /// <param name="original">The operation to take back.</param>
    /// <param name="cancellationToken">As in <see cref="IOperationHandler.RunAsync"/>.</param>
    Task UndoAsync(OperationRun run, Guid original, CancellationToken cancellationToken);
}

/// <summary>The operation cannot be done, for a reason that a person should read.</summary>
/// <param name="error">A sentence, or a code that the operation's page words.</param>
public sealed class OperationRefusedException(string error) : Exception(error);

/// <summary>Another worker has taken the operation up: roll back and leave it alone.</summary>
public sealed class LeaseLostException() : Exception("The lease of this operation went to another worker.");

/// <summary>Why an operation failed, where the sentence is the worker's own. Worded by the operation's page.</summary>
public static class OperationErrors
{
    /// <summary>Something unforeseen; nothing was changed and the log has the details.</summary>
    public const string Unexpected = "unexpected";

    /// <summary>It was begun several times and its worker died or lost the database each time.</summary>
    public const string GaveUp = "gaveUp";

    /// <summary>No worker of this version knows the kind.</summary>
    public const string UnknownKind = "unknownKind";
}
