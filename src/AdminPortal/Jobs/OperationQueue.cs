using System.Text.Json;
using AdminPortal.Data;

namespace AdminPortal.Jobs;

/// <summary>
/// Where durable work is asked for. <see cref="Add{T}"/> writes the operation with the unit of work, so that it exists exactly if the
/// transaction that asks for it commits; <see cref="Wake"/> afterwards saves the workers of this process the wait for their next look.
/// </summary>
public sealed class OperationQueue(PortalDbContext db, TenantScope tenant, Actor actor, TimeProvider time, OperationBell bell)
{
    /// <summary>Adds an operation to the unit of work. Save, then call <see cref="Wake"/>.</summary>
    /// <param name="kind">Which handler runs it.</param>
    /// <param name="request">What is asked; read back by <see cref="OperationRun.Request{T}"/>.</param>
    /// <param name="reason">Why, in the asker's words.</param>
    /// <param name="total">How many items there are, where that is known.</param>
    /// <param name="undoOf">The operation that this one takes back.</param>
    public Operation Add<T>(string kind, T request, string? reason, int total = 0, Guid? undoOf = null)
    {
        var operation = new Operation
        {
            TenantId = tenant.TenantId ?? throw new InvalidOperationException("Enter a tenant first."),
            Id = Guid.CreateVersion7(),
            Kind = kind,
            Request = JsonSerializer.SerializeToDocument(request, OperationJson.Options),
            Reason = reason,
            Total = total,
            RequestedBy = actor.Name,
            RequestedByKind = actor.Kind,
            RequestedById = actor.Id,
            RemoteAddress = actor.RemoteAddress,
            CreatedAt = time.GetUtcNow(),
            UndoOf = undoOf,
        };
        db.Operations.Add(operation);
        return operation;
    }

    /// <summary>To be called after the commit.</summary>
    public void Wake() => bell.Ring();
}

/// <summary>Tells the workers of this process that something was queued. Other processes look once a second.</summary>
public sealed class OperationBell
{
    private readonly SemaphoreSlim rung = new(0);

    public void Ring()
    {
        if (rung.CurrentCount == 0) rung.Release();
    }

    /// <summary>Returns at the next ring, or after that time.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => rung.WaitAsync(atMost, cancellationToken);
}
