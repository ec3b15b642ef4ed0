using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>The mailbox that a request to <c>/me</c> or <c>/my</c> is about: the caller's own, and no other.</summary>
internal sealed class OwnMailboxHere(CurrentUser user, CurrentTenant tenant)
{
    private OwnMailbox? own;

    /// <exception cref="InvalidOperationException">The request is about no mailbox of the caller's.</exception>
    public Guid Id => own?.MailboxId ?? throw new InvalidOperationException("This request is about no mailbox of the caller's.");

    /// <summary>Enters the tenant of the caller's mailbox. Somebody who owns mailboxes in several tenants says which by its name.</summary>
    /// <returns>False where the caller owns none there.</returns>
    public bool Enter(string? tenantSlug)
    {
        own = user.OwnMailboxes.FirstOrDefault(o => tenantSlug is null || o.Tenant.Slug.Equals(tenantSlug, StringComparison.OrdinalIgnoreCase));
        if (own is not null) tenant.Enter(own.Tenant, PortalRole.MailboxOwner);
        return own is not null;
    }
}

internal static class OwnMailboxRoutes
{
    /// <summary>
    /// <c>/api/v1/me</c>: a room maps below it what the owner may do with the own mailbox, and takes <see cref="OwnMailboxHere"/>. The query
    /// <c>tenant</c> says which, for an owner of several.
    /// </summary>
    public static RouteGroupBuilder MapMeApi(this IEndpointRouteBuilder app)
    {
        var group = app.MapApi().MapGroup("/me").RequireAuthorization(Policies.OwnMailbox).RequireScope(Scopes.Me)
            .ProducesProblem(StatusCodes.Status404NotFound);
        group.AddEndpointFilter(async (call, next) =>
        {
            var context = call.HttpContext;
            var tenant = context.Request.Query["tenant"] is [{ } named] ? named : null;
            return context.RequestServices.GetRequiredService<OwnMailboxHere>().Enter(tenant) ? await next(call) : Problems.NotFound();
        });
        return group;
    }
}
