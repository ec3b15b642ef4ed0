using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Operations;

/// <summary>Reads operations and what became of their items. Ids are time-ordered, so newest first is the order of ids backwards.</summary>
public sealed class GetOperations(PortalDbContext db)
{
    public Task<Operation?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Operations.AsNoTracking().SingleOrDefaultAsync(o => o.Id == id, cancellationToken);

    /// <summary>Newest first, from before that operation on.</summary>
    public async Task<IReadOnlyList<Operation>> ListAsync(Guid? before, int count, CancellationToken cancellationToken)
    {
        var operations = db.Operations.AsNoTracking();
        if (before is { } id) operations = operations.Where(o => o.Id < id);
        return await operations.OrderByDescending(o => o.Id).Take(count).ToListAsync(cancellationToken);
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
