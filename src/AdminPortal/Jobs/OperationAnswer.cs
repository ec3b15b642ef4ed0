using AdminPortal.Data;

namespace AdminPortal.Jobs;

/// <summary>An operation as the API shows it: in the answer to whatever queued it, and under <c>/operations</c>.</summary>
/// <param name="Id">The operation.</param>
/// <param name="Kind"><c>accessChange</c>, <c>import</c> …</param>
/// <param name="State">Where it stands.</param>
/// <param name="Total">How many items there are, as far as known.</param>
/// <param name="Done">How many are dealt with.</param>
/// <param name="Changed">How many were changed.</param>
/// <param name="Unchanged">How many were as wanted already.</param>
/// <param name="Refused">How many were refused; each says why in <c>…/items</c>.</param>
/// <param name="StartedAt">When a worker took it up.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="UndoOf">The operation that it takes back.</param>
/// <param name="UndoneBy">The operation that takes it back.</param>
/// <param name="Error">Why it failed: a code or a sentence. Nothing was changed then.</param>
public sealed record OperationAnswer(
    Guid Id, string Kind, OperationState State, int Total, int Done, int Changed, int Unchanged, int Refused,
    DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, Guid? UndoOf, Guid? UndoneBy, string? Error)
{
    public static OperationAnswer Of(Operation o) => new(
        o.Id, o.Kind, o.State, o.Total, o.Done, o.Changed, o.Unchanged, o.Refused, o.StartedAt, o.FinishedAt, o.UndoOf, o.UndoneBy, o.Error);

    /// <summary>Where the operation is followed.</summary>
    public static string Location(string tenant, Guid id) => $"/api/v1/tenants/{tenant}/operations/{id}";
}
