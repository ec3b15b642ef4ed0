using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Connectivity;

internal static class ConnectivityEndpoints
{
    public static IEndpointRouteBuilder MapConnectivity(this IEndpointRouteBuilder app)
    {
        var api = app.MapTenantApi().WithTags("Connectivity checks");
        api.MapPost("/connectivity-checks", RunAsync).WithName("RunConnectivityCheck")
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.ChecksRun).WithIdempotency()
            .Produces<ConnectivityCheckAnswer>(StatusCodes.Status201Created);
        api.MapGet("/connectivity-checks", ListAsync).WithName("ListConnectivityChecks")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<PageOf<ConnectivityCheckAnswer>>();
        api.MapGet("/connectivity-checks/{check:guid}", GetAsync).WithName("GetConnectivityCheck")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<ConnectivityCheckAnswer>();
        api.MapGet("/mailboxes/{mailbox}/connectivity-checks", ListOfMailboxAsync).WithName("ListConnectivityChecksOfMailbox")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<PageOf<ConnectivityCheckAnswer>>();
        return app;
    }

    /// <summary>Run one check</summary>
    /// <remarks>Signs in to the mailbox's recommended endpoint of one protocol as a mail program would. Synchronous; takes 30 seconds at most.</remarks>
    private static async Task<IResult> RunAsync(
        ConnectivityCheckRequest request, RunConnectivityCheck run, CurrentTenant tenant, CancellationToken cancellationToken)
    {
        if (!RunConnectivityCheckRequest.CanBeSent(request.Password)) return Problems.Validation("password", "1 to 1,024 characters without line breaks.");
        return await run.HandleAsync(new(request.Mailbox, [request.Protocol], request.Password), cancellationToken) switch
        {
            RunConnectivityCheckOutcome.Checked { Checks: [var check] } => Results.Created(
                $"{TenantRoutes.Api}/tenants/{tenant.Slug}/connectivity-checks/{check.Row.Id}", check.Answer()).WithETag(ETags.Of(1)),
            RunConnectivityCheckOutcome.NoEndpoint => NoEndpoint(request.Protocol),
            _ => Problems.NotFound(),
        };
    }

    /// <summary>Checks of the tenant, newest first</summary>
    private static async Task<IResult> ListAsync(
        [AsParameters] ListQuery query, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        Answer(await list.HandleAsync(null, query, cancellationToken));

    /// <summary>Checks of one mailbox, newest first</summary>
    private static async Task<IResult> ListOfMailboxAsync(
        string mailbox, [AsParameters] ListQuery query, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        await list.MailboxIdAsync(mailbox, cancellationToken) is { } id ? Answer(await list.HandleAsync(id, query, cancellationToken)) : Problems.NotFound();

    /// <summary>One check</summary>
    private static async Task<IResult> GetAsync(Guid check, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        await list.FindAsync(check, cancellationToken) is { } found ? Results.Ok(found.Answer()).WithETag(ETags.Of(1)) : Problems.NotFound();

    internal static IResult Answer(PageOf<KeptCheck> page) =>
        Results.Ok(new PageOf<ConnectivityCheckAnswer>([.. page.Items.Select(check => check.Answer())], page.Next));

    internal static IResult NoEndpoint(MailProtocol protocol) => Problems.Conflict(
        $"Nobody has said where {protocol.Name()} is served for this mailbox: set its connection settings first.");
}

/// <summary>A check to run.</summary>
/// <param name="Mailbox">An address or an id.</param>
/// <param name="Protocol">What to try.</param>
/// <param name="Password">The mailbox's own password, used for this check and kept nowhere; without it the pod's service credential is used.</param>
internal sealed record ConnectivityCheckRequest(string Mailbox, MailProtocol Protocol, string? Password = null)
{
    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => $"{nameof(ConnectivityCheckRequest)} for {Mailbox}";
}
