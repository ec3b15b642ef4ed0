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
        own = user.OwnMailboxes.FirstOrDefault(o => IsMeant(o.Tenant, tenantSlug));
        if (own is not null) tenant.Enter(own.Tenant, PortalRole.MailboxOwner);
        return own is not null;
    }

    /// <summary>Where the caller owns such a mailbox, but the tenant asks for another sign-in than this session's; null where there is none.</summary>
    public Membership? ClosedAt(string? tenantSlug) => user.ClosedMemberships.FirstOrDefault(m => m.MailboxId is not null && IsMeant(m.Tenant, tenantSlug));

    private static bool IsMeant(TenantName tenant, string? slug) => slug is null || tenant.Slug.Equals(slug, StringComparison.OrdinalIgnoreCase);
}

internal static class OwnMailboxRoutes
{
    public const string Page = "/my";

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
            var here = context.RequestServices.GetRequiredService<OwnMailboxHere>();
            if (here.Enter(TenantNamed(context))) return await next(call);
            if (here.ClosedAt(TenantNamed(context)) is not { } closed) return Problems.NotFound();
            await TenantRoutes.LeadIntoAsync(context, closed, Page);
            return Results.Empty;
        });
        return group;
    }

    /// <summary>Which of the caller's mailboxes is meant; null for the first.</summary>
    public static string? TenantNamed(HttpContext context) => context.Request.Query["tenant"] is [{ } named] ? named : null;
}
