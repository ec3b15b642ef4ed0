namespace AdminPortal.Hosting;

/// <summary>What the frame around a page shows of whose page it is.</summary>
/// <param name="Tenant">The tenant's slug, as in the address; null on pages outside tenants.</param>
/// <param name="TenantName">Its name for people.</param>
/// <param name="UserName">Who is signed in; null when nobody is.</param>
/// <param name="VisitEndsAt">Until when a platform administrator is a visitor in the tenant; null for somebody who belongs there.</param>
internal sealed record PageFrame(string? Tenant, string? TenantName, string? UserName, DateTimeOffset? VisitEndsAt = null);

/// <summary>Asked once per framed page. The room that knows tenants and people registers its own; error pages never ask.</summary>
internal interface IPageFrame
{
    ValueTask<PageFrame> ReadAsync(HttpContext context, CancellationToken cancellationToken);
}

/// <summary>All that is known without a database: the slug in the address and the name in the session.</summary>
internal sealed class PageFrameOfRequest : IPageFrame
{
    public ValueTask<PageFrame> ReadAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var tenant = context.GetRouteValue("tenant") as string;
        return ValueTask.FromResult(new PageFrame(tenant, tenant, context.User.Identity?.Name));
    }
}
