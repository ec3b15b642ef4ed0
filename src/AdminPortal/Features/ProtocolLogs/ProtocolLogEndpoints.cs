using AdminPortal.Hosting;

namespace AdminPortal.Features.ProtocolLogs;

internal static class ProtocolLogEndpoints
{
    public static IEndpointRouteBuilder MapProtocolLogs(this IEndpointRouteBuilder app)
    {
        var log = app.MapTenantApi().MapGroup("/mailboxes/{mailbox}/protocol-log").WithTags("Protocol log").RequireAuthorization(Policies.ManageTenant);
        log.MapGet("", GetAsync).WithName("getProtocolLog").RequireScope(Scopes.MailboxesRead).Produces<ProtocolLogAnswer>();
        log.MapPut("", StartAsync).WithName("startProtocolLog").RequireStepUp().RequireIfMatch().RequireScope(Scopes.MailboxesWrite)
            .Produces<ProtocolLogAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        log.MapDelete("", RemoveAsync).WithName("removeProtocolLog").RequireIfMatch().RequireScope(Scopes.MailboxesWrite).Produces(StatusCodes.Status204NoContent);
        log.MapGet("/lines", LinesAsync).WithName("listProtocolLogLines").RequireScope(Scopes.MailboxesRead).Produces<PageOf<ProtocolLogLineAnswer>>();
        return app;
    }

    /// <summary>Whether what mail programs and the server say to each other about a mailbox is taken down.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">Since when, until when, and why.</response>
    private static async Task<IResult> GetAsync(string mailbox, ManageProtocolLog manage, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return Problems.NotFound();
        var (answer, version) = await manage.ReadAsync(found, cancellationToken);
        return Results.Ok(answer).WithETag(ETags.Of(version));
    }

    /// <summary>Begins to take it down, for a day at most. What was taken down before goes.</summary>
    /// <remarks>Sessions are heard after the sign-in; passwords, tokens and messages are never in it. It is removed a week after its end.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">It is on.</response>
    private static async Task<IResult> StartAsync(
        string mailbox, StartProtocolLogRequest request, Precondition ifMatch, ManageProtocolLog manage, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return Problems.NotFound();
        return await manage.StartAsync(found, request, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(mailbox, manage, cancellationToken),
            var other => await other.ProblemAsync<ProtocolLogAnswer>(async () => await manage.ReadAsync(found, cancellationToken)),
        };
    }

    /// <summary>Ends it, and removes what was taken down.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="204">It is gone; the audit trail stays.</response>
    private static async Task<IResult> RemoveAsync(string mailbox, Precondition ifMatch, ManageProtocolLog manage, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return Problems.NotFound();
        return await manage.RemoveAsync(found, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync<ProtocolLogAnswer>(async () => await manage.ReadAsync(found, cancellationToken)),
        };
    }

    /// <summary>What was said, line by line, oldest first.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">A page of lines.</response>
    private static async Task<IResult> LinesAsync(
        string mailbox, [AsParameters] ListQuery query, ManageProtocolLog manage, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return Problems.NotFound();
        var lines = await manage.LinesAsync(found, query.Cursor, query.Size, cancellationToken);
        return Results.Ok(PageOf<ProtocolLogLineAnswer>.Cut(lines, query.Size, l => new(l.At, l.SessionId, l.Protocol, l.Side, l.Text), l => l.Id));
    }
}
