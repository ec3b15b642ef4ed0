using System.Linq.Expressions;
using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Operations;

/// <summary>Reads operations and what became of their items. Ids are time-ordered, so newest first is the order of ids backwards.</summary>
public sealed class GetOperations(PortalDbContext db)
{
    // All but the request, which nobody is shown and which may name a hundred thousand mailboxes: whoever watches asks several times a second.
    private static readonly Expression<Func<Operation, Operation>> Shown = o => new()
    {
        TenantId = o.TenantId, Id = o.Id, Kind = o.Kind, State = o.State, Request = null!, Total = o.Total, Done = o.Done, Changed = o.Changed,
        Unchanged = o.Unchanged, Refused = o.Refused, Error = o.Error, Reason = o.Reason, RequestedBy = o.RequestedBy, RequestedByKind = o.RequestedByKind,
        RequestedById = o.RequestedById, RemoteAddress = o.RemoteAddress, CreatedAt = o.CreatedAt, StartedAt = o.StartedAt, FinishedAt = o.FinishedAt,
        LeaseUntil = o.LeaseUntil, Fence = o.Fence, CancelRequested = o.CancelRequested, UndoOf = o.UndoOf, UndoneBy = o.UndoneBy, Version = o.Version,
    };

    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Operations.Where(o => o.Id == id).Select(Shown).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Newest first, from before that operation on.</summary>
    public async Task<IReadOnlyList<Operation>> ListAsync(Guid? before, int count, CancellationToken cancellationToken)
    {
        IQueryable<Operation> operations = db.Operations;
        if (before is { } id) operations = operations.Where(o => o.Id < id);
        return await operations.OrderByDescending(o => o.Id).Take(count).Select(Shown).ToListAsync(cancellationToken);
    }

    /// <summary>In the operation's own order, from after that position on: refused first, then changed, then unchanged.</summary>
    /// <param name="operation">Whose items.</param>
    /// <param name="outcome">Only these: <c>changed</c>, <c>unchanged</c>, <c>created</c>, <c>refused</c>.</param>
    /// <param name="after">The last position already read.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<OperationItem>> ItemsAsync(
        Guid operation, string? outcome, int after, int count, CancellationToken cancellationToken)
    {
        var items = db.OperationItems.AsNoTracking().Where(i => i.OperationId == operation && i.Position > after);
        if (!string.IsNullOrEmpty(outcome)) items = items.Where(i => i.Outcome == outcome);
        return await items.OrderBy(i => i.Position).Take(count).ToListAsync(cancellationToken);
    }
}
