using AdminPortal.Data;

namespace AdminPortal.Hosting;

/// <summary>
/// Routes that are about one tenant: everything with <c>{tenant}</c> in its address, pages under <c>/t/{tenant}</c> and the API alike. The
/// tenant is found and entered before the route is authorised, so that a policy can ask for the caller's role in it. Somebody else's
/// tenant and one that does not exist are the same 404.
/// </summary>
internal static class TenantRoutes
{
    public const string Api = "/api/v1";

    /// <summary><c>/api/v1</c>, for routes about no tenant in particular.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app) => app.MapGroup(Api).AsApi();

    /// <summary><c>/api/v1/tenants/{tenant}</c>: a room maps its routes below it.</summary>
    public static RouteGroupBuilder MapTenantApi(this IEndpointRouteBuilder app) =>
        app.MapGroup($"{Api}/tenants/{{tenant}}").AsApi().ProducesProblem(StatusCodes.Status404NotFound);

    /// <summary>The caller is a program: errors are problems, nobody is led to a page.</summary>
    public static bool IsApi(this HttpContext context) => context.Request.Path.StartsWithSegments("/api");

    /// <summary>After routing and authentication, before authorisation.</summary>
    public static IApplicationBuilder UseCurrentTenant(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetRouteValue("tenant") is string slugOrId && Services<CurrentUser>(context).IsAuthenticated
            && !await Services<TenantEntrance>(context).EnterAsync(slugOrId, context.RequestAborted))
            await NotFoundAsync(context);
        else
            await next(context);
    });

    private static Task NotFoundAsync(HttpContext context)
    {
        if (context.IsApi()) return Problems.NotFound().ExecuteAsync(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static RouteGroupBuilder AsApi(this RouteGroupBuilder group) => group
        // Tokens need no antiforgery token; for sessions AntiforgeryOfSessions asks for the header.
        .DisableAntiforgery()
        .AddEndpointFilter<RouteGroupBuilder, LinkToNextPage>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status401Unauthorized)
        .ProducesProblem(StatusCodes.Status403Forbidden)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static T Services<T>(HttpContext context) where T : notnull => context.RequestServices.GetRequiredService<T>();
}

/// <summary>Lets the caller into a tenant that they have something to do with.</summary>
internal sealed class TenantEntrance(CurrentUser user, CurrentTenant tenant, CrossTenant crossTenant, TenantVisits visits)
{
    /// <returns>False for a tenant that does not exist or is none of the caller's business.</returns>
    public async Task<bool> EnterAsync(string slugOrId, CancellationToken cancellationToken)
    {
        if (user.Memberships.FirstOrDefault(m => Named(m.Tenant, slugOrId)) is { } membership && !IsBetterAsPlatform(membership))
        {
            tenant.Enter(membership.Tenant, membership.Role);
            return true;
        }
        if (!user.IsPlatformAdmin || await crossTenant.FindTenantAsync(slugOrId, cancellationToken) is not { } found) return false;

        tenant.Enter(found, PortalRole.PlatformAdmin);
        await visits.NoteAsync(cancellationToken);
        return true;
    }

    // Somebody who administers the platform and also is a member, or owns a mailbox, keeps the greater right.
    private bool IsBetterAsPlatform(Membership membership) => user.IsPlatformAdmin && membership.Role != PortalRole.TenantAdmin;

    private static bool Named(TenantName tenant, string slugOrId) =>
        tenant.Slug.Equals(slugOrId, StringComparison.OrdinalIgnoreCase) || tenant.Id.ToString().Equals(slugOrId, StringComparison.OrdinalIgnoreCase);
}
