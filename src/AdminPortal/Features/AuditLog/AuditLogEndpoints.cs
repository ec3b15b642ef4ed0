using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Hosting;

namespace AdminPortal.Features.AuditLog;

internal static class AuditLogEndpoints
{
    public static IEndpointRouteBuilder MapAuditLog(this IEndpointRouteBuilder app)
    {
        var audit = app.MapTenantApi().MapGroup("/audit-events").WithTags("Audit").RequireAuthorization(Policies.ReadAudit).RequireScope(Scopes.AuditRead);
        audit.MapGet("", ListAsync).WithName("listAuditEvents").Produces<PageOf<AuditEventAnswer>>();
        audit.MapGet("/export", ExportAsync).WithName("exportAuditEvents").Produces(StatusCodes.Status200OK, contentType: AuditExport.Csv, additionalContentTypes: AuditExport.Ndjson);
        audit.MapGet("/head", HeadAsync).WithName("getAuditHead").Produces<ChainHead>().ProducesProblem(StatusCodes.Status404NotFound);
        audit.MapGet("/verification", VerifyAsync).WithName("verifyAuditEvents").Produces<AuditVerification>();
        audit.MapGet("/retention", GetRetentionAsync).WithName("getAuditRetention").Produces<RetentionAnswer>();
        audit.MapPut("/retention", PutRetentionAsync).WithName("putAuditRetention").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireStepUp().RequireIfMatch().Produces<RetentionAnswer>();
        return app;
    }

    /// <summary>Who changed what, newest first.</summary>
    /// <response code="200">A page of events.</response>
    private static async Task<PageOf<AuditEventAnswer>> ListAsync(
        [AsParameters] ListQuery query, [AsParameters] AuditQuery asked, ReadAuditLog log, CancellationToken cancellationToken)
    {
        var events = await log.ListAsync(asked.Filter, query.Cursor?.Read<long>(), query.Size + 1, cancellationToken);
        return PageOf<AuditEventAnswer>.Cut(events, query.Size, AuditEventAnswer.Of, e => e.Id);
    }

    /// <summary>
    /// All events that a filter means, newest first, as a file: CSV that a spreadsheet may open, or NDJSON, one event a line as in the list. The
    /// header Audit-Chain-Head says how far the trail was sealed.
    /// </summary>
    /// <param name="format">csv, or ndjson.</param>
    /// <response code="200">The file, sent while it is read.</response>
    private static async Task<IResult> ExportAsync(
        [AsParameters] AuditQuery asked, AuditExport export, CancellationToken cancellationToken, string format = "csv") =>
        AuditExport.Knows(format)
            ? await export.FileAsync(asked.Filter, format, cancellationToken)
            : Problems.Validation("format", "Choose csv or ndjson.");

    /// <summary>The last seal of the chain. Kept elsewhere, it proves later that nothing up to it was changed.</summary>
    private static async Task<IResult> HeadAsync(ReadAuditLog log, CancellationToken cancellationToken) =>
        await log.HeadAsync(cancellationToken) is { } head ? Results.Ok(head) : Problems.NotFound();

    /// <summary>Verifies the whole trail now: names what was altered, removed, slipped in or back-dated.</summary>
    private static async Task<AuditVerification> VerifyAsync(VerifyAuditTrail verify, CancellationToken cancellationToken) =>
        await verify.HandleAsync([], cancellationToken);

    /// <summary>How long the trail is kept.</summary>
    private static async Task<IResult> GetRetentionAsync(SetRetention retention, CancellationToken cancellationToken) =>
        Tagged(await retention.FindAsync(cancellationToken));

    /// <summary>Says how long the trail is kept. What is older goes within the hour, for good, and the trail says so.</summary>
    private static async Task<IResult> PutRetentionAsync(
        RetentionRequest request, Precondition ifMatch, SetRetention retention, CancellationToken cancellationToken) =>
        await retention.HandleAsync(request.KeepDays, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Tagged(await retention.FindAsync(cancellationToken)),
            var refused => await refused.ProblemAsync<RetentionAnswer>(async () =>
                await retention.FindAsync(cancellationToken) is var now ? (RetentionAnswer.Of(now), now?.Version ?? 0) : null),
        };

    private static IResult Tagged(AuditRetention? now) => Results.Ok(RetentionAnswer.Of(now)).WithETag(ETags.Of(now?.Version ?? 0));
}

/// <param name="Actor">A user's or token's name, exactly.</param>
/// <param name="Action">What was done, such as mailAccess.changed, or all that was done to a thing: mailAccess.</param>
/// <param name="Target">What was changed: an address, a name, or an id.</param>
/// <param name="From">From this moment on.</param>
/// <param name="To">Before this moment.</param>
/// <param name="Operation">Within this operation.</param>
/// <param name="RemoteAddress">From this address.</param>
internal sealed record AuditQuery(
    string? Actor = null, string? Action = null, string? Target = null, DateTimeOffset? From = null, DateTimeOffset? To = null, Guid? Operation = null,
    string? RemoteAddress = null)
{
    internal AuditFilter Filter => new(Actor, Action, Target, From?.ToUniversalTime(), To?.ToUniversalTime(), Operation, RemoteAddress: RemoteAddress);
}

/// <param name="KeepDays">For how many days; null: for ever.</param>
internal sealed record RetentionAnswer(int? KeepDays)
{
    public static RetentionAnswer Of(AuditRetention? now) => new(now?.KeepDays);
}

/// <param name="KeepDays">30 to 36,500; null: for ever.</param>
internal sealed record RetentionRequest(int? KeepDays);

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
/// <param name="UserAgent">With which program, as that says of itself.</param>
internal sealed record AuditEventAnswer(
    long Id, DateTimeOffset At, string Actor, ActorKind ActorKind, string Action, string Target, JsonElement? Before, JsonElement? After,
    string? Reason, Guid? Operation, string? RemoteAddress, string? UserAgent)
{
    public static AuditEventAnswer Of(AuditEvent e) => new(
        e.Id, e.At, e.ActorName, e.ActorKind, e.Action, e.Target, e.Before?.RootElement, e.After?.RootElement, e.Reason, e.OperationId, e.RemoteAddress,
        e.UserAgent);
}
