using AdminPortal.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace AdminPortal.Hosting;

internal sealed record RoleInTenant(IReadOnlyCollection<PortalRole> Roles) : IAuthorizationRequirement;

internal sealed record OwnsMailbox : IAuthorizationRequirement;

internal sealed record AdministersPlatform : IAuthorizationRequirement;

/// <summary>A token must have been made for what the route does; see <see cref="Scopes"/>.</summary>
internal sealed record ScopeOfRoute : IAuthorizationRequirement;

/// <summary>Decides every requirement from what the database says about the caller now; nothing is read from the cookie.</summary>
internal sealed class AccessRules(CurrentUser user, CurrentTenant tenant, IHttpContextAccessor http) : IAuthorizationHandler
{
    public Task HandleAsync(AuthorizationHandlerContext context)
    {
        foreach (var requirement in context.PendingRequirements.Where(Holds).ToList())
            context.Succeed(requirement);
        return Task.CompletedTask;
    }

    private bool Holds(IAuthorizationRequirement requirement) => requirement switch
    {
        RoleInTenant { Roles: var roles } => tenant.IsEntered && roles.Contains(tenant.Role),
        OwnsMailbox => user.OwnMailboxes.Count > 0,
        AdministersPlatform => user.IsPlatformAdmin,
        ScopeOfRoute => user.Scopes is null || IsNoRoute(http.HttpContext) || RequiredScopeOf(http.HttpContext) is { } scope && user.Scopes.Contains(scope),
        _ => false,
    };

    // Nothing is there, or not with this method or content: routing's own answer, which a scope has no say in.
    private static bool IsNoRoute(HttpContext? context) => context is not null && context.GetEndpoint() is not RouteEndpoint;

    internal static string? RequiredScopeOf(HttpContext? context) => context?.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>()?.Scope;
}

/// <summary>Programs are told 401 and 403 as problems; people are led to the sign-in page or shown a page.</summary>
internal sealed class AuthorizationAnswers : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler pages = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult result)
    {
        if (result.Forbidden && MailboxBehindDoor(context, result) is { } closed) return TenantRoutes.LeadIntoAsync(context, closed, OwnMailboxRoutes.Page);
        if (result.Succeeded || !context.IsApi()) return pages.HandleAsync(next, context, policy, result);
        return result.Challenged ? ChallengeAsync(context) : ForbidAsync(context, result);
    }

    /// <summary>Somebody owns mailboxes, and this session opens none of them.</summary>
    private static Membership? MailboxBehindDoor(HttpContext context, PolicyAuthorizationResult result)
    {
        if (result.AuthorizationFailure?.FailedRequirements.OfType<OwnsMailbox>().Any() != true) return null;
        var here = context.RequestServices.GetRequiredService<OwnMailboxHere>();
        return here.ClosedAt(OwnMailboxRoutes.TenantNamed(context)) ?? here.ClosedAt(null);
    }

    // RFC 6750, 3: the challenge names an error only when a token was sent and refused.
    private static Task ChallengeAsync(HttpContext context)
    {
        if (context.Items[HeldOff] is TimeSpan wait) return HoldOffAsync(context, wait);
        var sent = context.Request.Headers.ContainsKey("Authorization");
        context.Response.Headers.WWWAuthenticate = sent ? "Bearer realm=\"AdminPortal\", error=\"invalid_token\"" : "Bearer realm=\"AdminPortal\"";
        return Problems.Unauthorized(sent ? context.Items[BearerRefusal] as string : null).ExecuteAsync(context);
    }

    private static Task HoldOffAsync(HttpContext context, TimeSpan wait)
    {
        context.Response.Headers.RetryAfter = RetryAfter.Seconds(wait);
        return Problems.TooMany("There were too many wrong tokens from your address.").ExecuteAsync(context);
    }

    private static Task ForbidAsync(HttpContext context, PolicyAuthorizationResult result)
    {
        var missesScope = result.AuthorizationFailure?.FailedRequirements.OfType<ScopeOfRoute>().Any() == true;
        if (!missesScope) return Problems.Forbidden().ExecuteAsync(context);

        var scope = AccessRules.RequiredScopeOf(context);
        if (scope is not null)
            context.Response.Headers.WWWAuthenticate = $"Bearer realm=\"AdminPortal\", error=\"insufficient_scope\", scope=\"{scope}\"";
        return Problems.Forbidden(scope is null ? "Tokens may not be used here." : $"The token lacks the scope {scope}.").ExecuteAsync(context);
    }

    /// <summary>Under this key the bearer handler leaves the sentence that says why it refused a token.</summary>
    public const string BearerRefusal = "bearer-refusal";

    /// <summary>Under this key it leaves how long the caller is held off, when nothing more is said about the token.</summary>
    public const string HeldOff = "held-off";
}
