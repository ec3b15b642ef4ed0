using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Jobs;

namespace AdminPortal.Features.Operations;

internal static class OperationsEndpoints
{
    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder app)
    {
        var operations = app.MapTenantApi().MapGroup("/operations").WithTags("Operations");
        operations.MapGet("", ListAsync).WithName("listOperations")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces<PageOf<OperationAnswer>>();
        operations.MapGet("/{operation:guid}", GetAsync).WithName("getOperation")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces<OperationAnswer>();
        operations.MapGet("/{operation:guid}/items", ItemsAsync).WithName("listOperationItems")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces<PageOf<OperationItemAnswer>>();
        operations.MapGet("/{operation:guid}/events", EventsAsync).WithName("followOperation")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead).Produces(StatusCodes.Status200OK, contentType: "text/event-stream");
        operations.MapPost("/{operation:guid}/cancel", CancelAsync).WithName("cancelOperation").WithIdempotency()
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite).Produces<OperationAnswer>();
        operations.MapPost("/{operation:guid}/undo", UndoAsync).WithName("undoOperation").WithIdempotency()
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite).Produces<OperationAnswer>(StatusCodes.Status202Accepted);
        return app;
    }

    /// <summary>Operations of the tenant, newest first.</summary>
    /// <response code="200">A page of them.</response>
    private static async Task<PageOf<OperationAnswer>> ListAsync(
        [AsParameters] ListQuery query, GetOperations operations, CancellationToken cancellationToken)
    {
        var found = await operations.ListAsync(query.Cursor?.Read<Guid>(), query.Size + 1, cancellationToken);
        return PageOf<OperationAnswer>.Cut(found, query.Size, OperationAnswer.Of, o => o.Id);
    }

    /// <summary>How far an operation is, or how it ended.</summary>
    /// <param name="operation">Its id.</param>
    /// <response code="200">Where it stands.</response>
    private static async Task<IResult> GetAsync(Guid operation, GetOperations operations, CancellationToken cancellationToken) =>
        await operations.FindAsync(operation, cancellationToken) is { } found
            ? Results.Ok(OperationAnswer.Of(found)).WithETag(ETags.Of(found.Version))
            : Problems.NotFound();

    /// <summary>What became of each mailbox, or each line of a file.</summary>
    /// <param name="operation">Its id.</param>
    /// <param name="outcome">Only these: changed, unchanged, created or refused.</param>
    /// <response code="200">A page of them: refused first, then changed, then unchanged.</response>
    private static async Task<IResult> ItemsAsync(
        Guid operation, [AsParameters] ListQuery query, GetOperations operations, CancellationToken cancellationToken, string? outcome = null)
    {
        if (await operations.FindAsync(operation, cancellationToken) is null) return Problems.NotFound();
        var items = await operations.ItemsAsync(operation, outcome, query.Cursor?.Read<int>() ?? -1, query.Size + 1, cancellationToken);
        return Results.Ok(PageOf<OperationItemAnswer>.Cut(items, query.Size, OperationItemAnswer.Of, i => i.Position));
    }

    /// <summary>Progress as server-sent events: the operation each time it moves, and once more when it has ended.</summary>
    /// <param name="operation">Its id.</param>
    /// <response code="200">A stream of events named progress; it ends with the operation.</response>
    private static async Task<IResult> EventsAsync(Guid operation, GetOperations operations, TimeProvider time, CancellationToken cancellationToken) =>
        await operations.FindAsync(operation, cancellationToken) is null
            ? Problems.NotFound()
            : TypedResults.ServerSentEvents(FollowAsync(operation, operations, time, cancellationToken));

    /// <summary>Cancels an operation that has not ended.</summary>
    /// <remarks>Nothing of it was carried out then. The helpdesk may cancel what it asked for itself.</remarks>
    /// <param name="operation">Its id.</param>
    /// <response code="200">It is cancelled, or will be within a second.</response>
    private static async Task<IResult> CancelAsync(Guid operation, EndOperation end, CurrentTenant tenant, CancellationToken cancellationToken) =>
        Answer(await end.CancelAsync(operation, OnlyOwn(tenant), cancellationToken), cancelled => Results.Ok(OperationAnswer.Of(cancelled)));

    /// <summary>Takes an operation back.</summary>
    /// <remarks>An operation of its own, restricted to what is still as the original left it: the rest is refused with "changedSince". The
    /// helpdesk may take back what it asked for itself.</remarks>
    /// <param name="operation">Its id.</param>
    /// <response code="202">The undo is queued.</response>
    private static async Task<IResult> UndoAsync(Guid operation, EndOperation end, CurrentTenant tenant, CancellationToken cancellationToken) =>
        Answer(
            await end.UndoAsync(operation, OnlyOwn(tenant), cancellationToken),
            undo => Results.Accepted(OperationAnswer.Location(tenant.Slug, undo.Id), OperationAnswer.Of(undo)));

    private static bool OnlyOwn(CurrentTenant tenant) => tenant.Role == PortalRole.Helpdesk;

    private static IResult Answer(EndOperationOutcome outcome, Func<Operation, IResult> accepted) => outcome switch
    {
        EndOperationOutcome.Accepted { Operation: var operation } => accepted(operation),
        EndOperationOutcome.NotFound => Problems.NotFound(),
        EndOperationOutcome.NotYours => Problems.Forbidden("The helpdesk may end only what it asked for itself."),
        EndOperationOutcome.Refused { Why: var why } => Problems.Conflict(Sentence(why)),
        _ => throw new InvalidOperationException($"Unknown outcome {outcome}."),
    };

    private static string Sentence(EndRefusal why) => why switch
    {
        EndRefusal.Finished => "The operation has ended already.",
        EndRefusal.NothingDone => "The operation has not succeeded, so there is nothing to take back.",
        EndRefusal.NothingChanged => "The operation changed nothing.",
        EndRefusal.AlreadyUndone => "The operation was taken back already, or is being taken back.",
        _ => "Operations of this kind cannot be taken back.",
    };

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private static async IAsyncEnumerable<SseItem<OperationAnswer>> FollowAsync(
        Guid id, GetOperations operations, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var tick = new PeriodicTimer(LookEvery, time);
        OperationAnswer? told = null;
        do
        {
            if (await operations.FindAsync(id, cancellationToken) is not { } operation) yield break;
            var now = OperationAnswer.Of(operation);
            if (now != told) yield return new(told = now, "progress");
            if (operation.FinishedAt is not null) yield break;
        }
        while (await tick.WaitForNextTickAsync(cancellationToken));
    }
}

/// <param name="Position">In the operation; for an import the line in the file.</param>
/// <param name="Mailbox">Its id, where there is one.</param>
/// <param name="Name">The address, or what the request or file called it.</param>
/// <param name="Outcome"><c>changed</c>, <c>unchanged</c>, <c>created</c> or <c>refused</c>.</param>
/// <param name="Why">Why it was refused: a stable code.</param>
/// <param name="Before">The members that changed, as they were.</param>
/// <param name="After">The members that changed, as they were left.</param>
internal sealed record OperationItemAnswer(
    int Position, Guid? Mailbox, string Name, string Outcome, string? Why, JsonElement? Before, JsonElement? After)
{
    public static OperationItemAnswer Of(OperationItem item) =>
        new(item.Position, item.MailboxId, item.Name, item.Outcome, item.Why, item.Before?.RootElement, item.After?.RootElement);
}
