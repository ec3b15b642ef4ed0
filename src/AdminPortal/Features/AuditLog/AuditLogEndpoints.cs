using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.AuditLog;

internal static class AuditLogEndpoints
{
    public static IEndpointRouteBuilder MapAuditLog(this IEndpointRouteBuilder app)
    {
        app.MapTenantApi().MapGet("/audit-events", ListAsync).WithTags("Audit").WithName("listAuditEvents")
            .RequireAuthorization(Policies.ReadAudit).RequireScope(Scopes.AuditRead).Produces<PageOf<AuditEventAnswer>>();
        return app;
    }

    /// <summary>Who changed what, newest first.</summary>
    /// <param name="actor">A user's or token's name, exactly.</param>
    /// <param name="action">What was done, such as mailAccess.changed, or all that was done to a thing: mailAccess.</param>
    /// <param name="target">What was changed: an address, a name, or an id.</param>
    /// <param name="from">From this moment on.</param>
    /// <param name="to">Before this moment.</param>
    /// <param name="operation">Within this operation.</param>
    /// <response code="200">A page of events.</response>
    private static async Task<PageOf<AuditEventAnswer>> ListAsync(
        [AsParameters] ListQuery query, ReadAuditLog log, CancellationToken cancellationToken, string? actor = null, string? action = null,
        string? target = null, DateTimeOffset? from = null, DateTimeOffset? to = null, Guid? operation = null)
    {
        var filter = new AuditFilter(actor, action, target, from?.ToUniversalTime(), to?.ToUniversalTime(), operation);
        var events = await log.ListAsync(filter, query.Cursor?.Read<long>(), query.Size + 1, cancellationToken);
        return PageOf<AuditEventAnswer>.Cut(events, query.Size, AuditEventAnswer.Of, e => e.Id);
    }
}

/// <param name="Id">Rising with time.</param>
/// <param name="At">The database's clock at the change.</param>
/// <param name="Actor">Who: a user's or a token's name, or system.</param>
/// <param name="ActorKind">What kind of actor that is.</param>
/// <param name="Action">What was done, as thing.verb.</param>
/// <param name="Target">What it was done to, as it was called then.</param>
/// <param name="Before">The members that changed, as they were.</param>
/// <param name="After">The members that changed, as they became.</param>
/// <param name="Reason">Why, in the actor's words.</param>
/// <param name="Operation">The operation in which it happened.</param>
/// <param name="RemoteAddress">From where.</param>
internal sealed record AuditEventAnswer(
    long Id, DateTimeOffset At, string Actor, ActorKind ActorKind, string Action, string Target, JsonElement? Before, JsonElement? After,
    string? Reason, Guid? Operation, string? RemoteAddress)
{
    public static AuditEventAnswer Of(AuditEvent e) => new(
        e.Id, e.At, e.ActorName, e.ActorKind, e.Action, e.Target, e.Before?.RootElement, e.After?.RootElement, e.Reason, e.OperationId, e.RemoteAddress);
}
