namespace AdminPortal.Data;

/// <summary>A row that belongs to exactly one tenant: filtered by EF Core and walled by row-level security.</summary>
public interface ITenantOwned
{
    Guid TenantId { get; }
}

/// <summary>A row whose <see cref="Version"/> is its ETag: raised by one with every change that is saved.</summary>
public interface IVersioned
{
    long Version { get; set; }
}

/// <summary>
/// The tenant that this unit of work (a request, a mail session's call, an operation) is about. Every connection that is opened for it
/// carries the tenant's id, and row-level security shows it that tenant's rows alone. Without a tenant no tenant-owned row is seen.
/// </summary>
public sealed class TenantScope
{
    public Guid? TenantId { get; private set; }

    /// <summary>Enters a tenant. A unit of work never changes its tenant: that would be the wall's own gate left open.</summary>
    public void Enter(Guid tenantId)
    {
        if (TenantId is { } current && current != tenantId)
            throw new InvalidOperationException("This unit of work already belongs to another tenant. Make a new scope.");
        TenantId = tenantId;
    }
}

/// <summary>Who acts in this unit of work, for the audit trail.</summary>
public sealed class Actor
{
    public ActorKind Kind { get; set; } = ActorKind.System;

    /// <summary>The user's or token's id; null for the system itself.</summary>
    public Guid? Id { get; set; }

    /// <summary>How the audit page names the actor: a user name, a token's name, or <c>system</c>.</summary>
    public string Name { get; set; } = "system";

    public string? RemoteAddress { get; set; }

    public string? UserAgent { get; set; }

    /// <summary>The operation within which this happens, if it is durable work.</summary>
    public Guid? OperationId { get; set; }

    public void Become(ActorKind kind, Guid? id, string name) => (Kind, Id, Name) = (kind, id, name);
}
