using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>
/// Tells the trail of a tenant who was refused there: an administrator's sign-in, a token that is good no more, what a role or a scope does not
/// allow. Alike ones are counted within an hour. Nobody learns from it whether a name exists: who is nobody has no trail.
/// </summary>
internal sealed partial class Refusals(CrossTenant crossTenant, Actor actor, IOptions<LimitsOptions> limits, ILogger<Refusals> logger)
{
    private static readonly object ReasonKey = new();

    /// <summary>Somebody offered a wrong secret for this person's account.</summary>
    public Task OfSignInAsync(Guid person, string name, string reason, CancellationToken cancellationToken) =>
        NoteAsync(new(null, person, ActorKind.User, person, name, AuditActions.SignInRefused, "user", name, reason, actor.RemoteAddress, actor.UserAgent), cancellationToken);

    /// <summary>A token of a tenant was offered that opens nothing, or not from there.</summary>
    public Task OfTokenAsync(FoundToken token, string reason, CancellationToken cancellationToken) => token.TenantId is { } tenant
        ? NoteAsync(new(tenant, null, ActorKind.Token, token.Id, token.Name, AuditActions.TokenRefused, "token", token.Name, reason, actor.RemoteAddress, actor.UserAgent), cancellationToken)
        : Task.CompletedTask;

    /// <summary>Why the answer to this request will be 403, where it is not the caller's role.</summary>
    public static void Because(HttpContext context, string reason) => context.Items[ReasonKey] = reason;

    /// <summary>It is no refusal: the caller is only asked for something more.</summary>
    public static void IsNone(HttpContext context) => context.Items[ReasonKey] = null;

    /// <summary>Looks at every answer in a tenant, whoever gave it: a policy, or a handler that knows more.</summary>
    public static Task WatchAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.OnStarting(() =>
        {
            var (user, tenant) = (context.RequestServices.GetRequiredService<CurrentUser>(), context.RequestServices.GetRequiredService<CurrentTenant>());
            return context.Response.StatusCode == StatusCodes.Status403Forbidden && user.IsAuthenticated && tenant.IsEntered
                ? context.RequestServices.GetRequiredService<Refusals>().OfRequestAsync(context, tenant.Id)
                : Task.CompletedTask;
        });
        return next(context);
    }

    private Task OfRequestAsync(HttpContext context, Guid tenant)
    {
        var reason = context.Items.TryGetValue(ReasonKey, out var said) ? said as string : RefusalReasons.Role;
        if (reason is null || actor.Id is not { } id) return Task.CompletedTask;
        // The route and not the address: so many of them there are, and no more.
        var wanted = $"{context.Request.Method} /{(context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText?.Trim('/')}";
        return NoteAsync(
            new(tenant, null, actor.Kind, id, actor.Name, AuditActions.AccessRefused, "page", wanted, reason, actor.RemoteAddress, actor.UserAgent), context.RequestAborted);
    }

    // The refusal stands, whether it can be written down or not.
    private async Task NoteAsync(NotedRefusal refused, CancellationToken cancellationToken)
    {
        try
        {
            await crossTenant.NoteRefusalAsync(refused, limits.Value.Audit.RefusalsPerHour, cancellationToken);
        }
        catch (Exception exception) when (DatabaseAway.IsCauseOf(exception))
        {
            LogNotNoted(refused.Action, refused.ActorName, exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Action} of {Actor} could not be written to the audit trail: {Reason}")]
    private partial void LogNotNoted(string action, string actor, string reason);
}
