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
        if (context.GetRouteValue("tenant") is not string slugOrId || !Services<CurrentUser>(context).IsAuthenticated)
        {
            await next(context);
            return;
        }
        switch (await Services<TenantEntrance>(context).EnterAsync(slugOrId, context.RequestAborted))
        {
            case EntranceOutcome.Entered:
                await next(context);
                break;
            case EntranceOutcome.MustEnterFirst(var tenant):
                await LeadToEntranceAsync(context, tenant);
                break;
            case EntranceOutcome.IsClosed(var membership):
                await LeadIntoAsync(context, membership, HomeOf(membership.Tenant));
                break;
            default:
                await NotFoundAsync(context);
                break;
        }
    });

    /// <summary>Where a platform administrator enters a tenant.</summary>
    /// <param name="slug">The tenant.</param>
    /// <param name="returnUrl">A page of the tenant.</param>
    public static string EntrancePage(string slug, string returnUrl) => $"/tenants/{slug}/enter?returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>Where a tenant's people sign in with its own provider.</summary>
    /// <param name="slug">The tenant.</param>
    /// <param name="returnUrl">A page of the tenant.</param>
    public static string SignInPage(string slug, string returnUrl) => $"/sign-in?tenant={slug}&returnUrl={Uri.EscapeDataString(returnUrl)}";

    /// <summary>Leads somebody to what opens a tenant where they belong and which their session does not open; programs are told.</summary>
    /// <param name="context">The request.</param>
    /// <param name="closed">One of <see cref="CurrentUser.ClosedMemberships"/>.</param>
    /// <param name="home">Where to come back to, when the request's own address is no page to come back to.</param>
    public static Task LeadIntoAsync(HttpContext context, Membership closed, string home) => Services<CurrentUser>(context).WantingFactor.Contains(closed)
        ? SecondFactor.LeadAsync(context, home)
        : LeadToSignInAsync(context, closed.Tenant, home);

    private static Task LeadToSignInAsync(HttpContext context, TenantName tenant, string home) => context.IsApi()
        ? Problems.Of(
            StatusCodes.Status403Forbidden, "own-sign-in-required", "This organisation asks for its own sign-in.",
            $"Sign in on the page /sign-in?tenant={tenant.Slug}; passwords and passkeys of the portal do not open this tenant.").ExecuteAsync(context)
        : LeadAsync(context, tenant, SignInPage, home);

    private static Task LeadToEntranceAsync(HttpContext context, TenantName tenant)
    {
        if (context.IsApi())
            return Problems.Of(
                StatusCodes.Status403Forbidden, "tenant-not-entered", "Enter this organisation first.",
                $"A platform administrator's session enters a tenant on the page /tenants/{tenant.Slug}/enter; a platform token needs no such step.").ExecuteAsync(context);
        return LeadAsync(context, tenant, EntrancePage, HomeOf(tenant));
    }

    /// <param name="context">A page's request.</param>
    /// <param name="tenant">Whose page.</param>
    /// <param name="page">The page to go to first, from the tenant and the page to come back to.</param>
    /// <param name="home">The page to come back to when the request's own is none.</param>
    private static Task LeadAsync(HttpContext context, TenantName tenant, Func<string, string, string> page, string home)
    {
        var request = context.Request;
        if (request.Headers.ContainsKey("HX-Request"))
        {
            // A part of a page must not become a page in the middle of it: htmx leads the whole window there.
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            context.Response.Headers["HX-Redirect"] = page(tenant.Slug, home);
            return Task.CompletedTask;
        }
        context.Response.Redirect(page(tenant.Slug, HttpMethods.IsGet(request.Method) ? $"{request.Path}{request.QueryString}" : home));
        return Task.CompletedTask;
    }

    private static string HomeOf(TenantName tenant) => $"/t/{tenant.Slug}";

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
        .ProducesProblem(StatusCodes.Status429TooManyRequests)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable);

    private static T Services<T>(HttpContext context) where T : notnull => context.RequestServices.GetRequiredService<T>();
}

/// <summary>Whether the caller was let into a tenant.</summary>
internal abstract record EntranceOutcome
{
    private EntranceOutcome() { }

    public sealed record Entered : EntranceOutcome;

    /// <summary>A platform administrator must say that they mean it.</summary>
    public sealed record MustEnterFirst(TenantName Tenant) : EntranceOutcome;

    /// <summary>The caller belongs there, but the tenant asks for a second factor that this session lacks, or for another way of signing in.</summary>
    public sealed record IsClosed(Membership Membership) : EntranceOutcome;

    /// <summary>It does not exist, or is none of the caller's business.</summary>
    public sealed record NotFound : EntranceOutcome;
}

/// <summary>Lets the caller into a tenant that they have something to do with.</summary>
internal sealed class TenantEntrance(CurrentUser user, CurrentTenant tenant, CrossTenant crossTenant, TenantVisits visits)
{
    public async Task<EntranceOutcome> EnterAsync(string slugOrId, CancellationToken cancellationToken)
    {
        var membership = user.Memberships.FirstOrDefault(m => Named(m.Tenant, slugOrId));
        // Somebody who administers the platform and also is a member, or owns a mailbox, has the greater right once they entered.
        if (user.IsPlatformAdmin && membership?.Role != PortalRole.TenantAdmin)
            return await EnterAsPlatformAsync(slugOrId, membership, cancellationToken);
        if (membership is not null) return EnterAs(membership);
        return user.ClosedMemberships.FirstOrDefault(m => Named(m.Tenant, slugOrId)) is { } closed ? new EntranceOutcome.IsClosed(closed) : new EntranceOutcome.NotFound();
    }

    private async Task<EntranceOutcome> EnterAsPlatformAsync(string slugOrId, Membership? membership, CancellationToken cancellationToken)
    {
        if ((membership?.Tenant ?? await crossTenant.FindTenantAsync(slugOrId, cancellationToken)) is not { } found) return new EntranceOutcome.NotFound();
        if (await visits.EndOfCurrentAsync(found, cancellationToken) is { } endsAt)
        {
            tenant.Enter(found, PortalRole.PlatformAdmin, endsAt);
            return new EntranceOutcome.Entered();
        }
        return membership is null or { Role: PortalRole.MailboxOwner } ? new EntranceOutcome.MustEnterFirst(found) : EnterAs(membership);
    }

    private EntranceOutcome.Entered EnterAs(Membership membership)
    {
        tenant.Enter(membership.Tenant, membership.Role);
        return new();
    }

    private static bool Named(TenantName tenant, string slugOrId) =>
        tenant.Slug.Equals(slugOrId, StringComparison.OrdinalIgnoreCase) || tenant.Id.ToString().Equals(slugOrId, StringComparison.OrdinalIgnoreCase);
}
