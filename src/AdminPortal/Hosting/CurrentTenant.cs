using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>The tenant that this request is about, and what the caller is in it. Entering it also opens the wall for its rows.</summary>
internal sealed class CurrentTenant(TenantScope scope)
{
    private TenantName? tenant;

    public bool IsEntered => tenant is not null;

    /// <exception cref="InvalidOperationException">The request is about no tenant.</exception>
    public Guid Id => Known.Id;

    public string Slug => Known.Slug;

    public string Name => Known.Name;

    public PortalRole Role { get; private set; }

    /// <summary>When a platform administrator's visit ends; null for somebody who belongs here.</summary>
    public DateTimeOffset? VisitEndsAt { get; private set; }

    private TenantName Known => tenant ?? throw new InvalidOperationException("This request is about no tenant.");

    /// <summary>Called for routes with <c>{tenant}</c> before they are authorised; rooms without it, such as <c>/me</c>, call it themselves.</summary>
    public void Enter(TenantName entered, PortalRole role, DateTimeOffset? visitEndsAt = null)
    {
        scope.Enter(entered.Id);
        (tenant, Role, VisitEndsAt) = (entered, role, visitEndsAt);
    }
}
