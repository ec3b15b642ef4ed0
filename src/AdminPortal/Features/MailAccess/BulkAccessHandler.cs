using AdminPortal.Data.ChangeFeed;
using AdminPortal.Jobs;

namespace AdminPortal.Features.MailAccess;

/// <summary>Runs a bulk change, or takes one back: one statement, the operation's final state and one commit.</summary>
internal sealed class BulkAccessHandler(BulkAccessStatements statements, ChangeFeed feed) : IUndoableOperationHandler
{
    public string Kind => BulkSetMailAccess.Kind;

    public async Task RunAsync(OperationRun run, CancellationToken cancellationToken)
    {
        await statements.ChangeAsync(run, run.Request<BulkAccessChange>(), cancellationToken);
        await TellAsync(run);
    }

    public async Task UndoAsync(OperationRun run, Guid original, CancellationToken cancellationToken)
    {
        await statements.UndoAsync(run, original, cancellationToken);
        await TellAsync(run);
    }

    // Committed: told to the end, whatever stops meanwhile.
    private Task TellAsync(OperationRun run) => feed.PublishAsync(new(run.TenantId, null), CancellationToken.None);
}
