using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Connectivity;

internal static class ConnectivityEndpoints
{
    public static IEndpointRouteBuilder MapConnectivity(this IEndpointRouteBuilder app)
    {
        var api = app.MapTenantApi().WithTags("Connectivity checks");
        api.MapPost("/connectivity-checks", RunAsync).WithName("runConnectivityCheck")
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.ChecksRun).WithIdempotency()
            .Produces<ConnectivityCheckAnswer>(StatusCodes.Status201Created);
        api.MapGet("/connectivity-checks", ListAsync).WithName("listConnectivityChecks")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<PageOf<ConnectivityCheckAnswer>>();
        api.MapGet("/connectivity-checks/{check:guid}", GetAsync).WithName("getConnectivityCheck")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<ConnectivityCheckAnswer>();
        api.MapGet("/mailboxes/{mailbox}/connectivity-checks", ListOfMailboxAsync).WithName("listConnectivityChecksOfMailbox")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.AccessRead)
            .Produces<PageOf<ConnectivityCheckAnswer>>();
        var me = app.MapMeApi().WithTags("Me");
        me.MapPost("/connectivity-checks", RunOwnAsync).WithName("runMyConnectivityCheck").WithIdempotency()
            .Produces<ConnectivityCheckAnswer>(StatusCodes.Status201Created);
        me.MapGet("/connectivity-checks", ListOwnAsync).WithName("listMyConnectivityChecks").Produces<PageOf<ConnectivityCheckAnswer>>();
        me.MapGet("/connectivity-checks/{check:guid}", GetOwnAsync).WithName("getMyConnectivityCheck").Produces<ConnectivityCheckAnswer>();
        return app;
    }

    /// <summary>Runs one check.</summary>
    /// <remarks>Signs in to the mailbox's recommended endpoint of one protocol as a mail program would. Takes 30 seconds at most.</remarks>
    /// <response code="201">It ran and is kept, whatever it found.</response>
    private static Task<IResult> RunAsync(
        ConnectivityCheckRequest request, RunConnectivityCheck run, CurrentTenant tenant, CancellationToken cancellationToken) =>
        CheckAsync(request.Mailbox, request.Protocol, request.Password, $"/tenants/{tenant.Slug}", run, cancellationToken);

    /// <summary>Runs one check of the caller's own mailbox.</summary>
    /// <response code="201">It ran and is kept, whatever it found.</response>
    private static Task<IResult> RunOwnAsync(
        OwnConnectivityCheckRequest request, OwnMailboxHere here, RunConnectivityCheck run, CancellationToken cancellationToken) =>
        CheckAsync(here.Id.ToString(), request.Protocol, request.Password, "/me", run, cancellationToken);

    private static async Task<IResult> CheckAsync(
        string mailbox, MailProtocol protocol, string? password, string under, RunConnectivityCheck run, CancellationToken cancellationToken)
    {
        if (!RunConnectivityCheckRequest.CanBeSent(password)) return Problems.Validation("password", "1 to 1,024 characters without line breaks.");
        return await run.HandleAsync(new(mailbox, [protocol], password), cancellationToken) switch
        {
            RunConnectivityCheckOutcome.Checked { Checks: [var check] } =>
                Results.Created($"{TenantRoutes.Api}{under}/connectivity-checks/{check.Row.Id}", check.Answer()).WithETag(ETags.Of(1)),
            RunConnectivityCheckOutcome.NoEndpoint => Problems.Conflict(
                $"Nobody has said where {protocol.Name()} is served for this mailbox: set its connection settings first."),
            _ => Problems.NotFound(),
        };
    }

    /// <summary>Checks of the tenant, newest first.</summary>
    /// <response code="200">A page of checks.</response>
    private static async Task<IResult> ListAsync(
        [AsParameters] ListQuery query, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        Answer(await list.HandleAsync(null, query, cancellationToken));

    /// <summary>Checks of one mailbox, newest first.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">A page of checks.</response>
    private static async Task<IResult> ListOfMailboxAsync(
        string mailbox, [AsParameters] ListQuery query, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        await list.MailboxIdAsync(mailbox, cancellationToken) is { } id ? Answer(await list.HandleAsync(id, query, cancellationToken)) : Problems.NotFound();

    /// <summary>One check.</summary>
    /// <response code="200">The check.</response>
    private static async Task<IResult> GetAsync(Guid check, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        await list.FindAsync(check, cancellationToken) is { } found ? Answer(found) : Problems.NotFound();

    /// <summary>Checks of the caller's own mailbox, newest first.</summary>
    /// <response code="200">A page of checks.</response>
    private static async Task<IResult> ListOwnAsync(
        [AsParameters] ListQuery query, OwnMailboxHere here, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        Answer(await list.HandleAsync(here.Id, query, cancellationToken));

    /// <summary>One check of the caller's own mailbox.</summary>
    /// <response code="200">The check.</response>
    private static async Task<IResult> GetOwnAsync(
        Guid check, OwnMailboxHere here, ListConnectivityChecks list, CancellationToken cancellationToken) =>
        await list.FindAsync(check, cancellationToken) is { } found && found.Row.MailboxId == here.Id ? Answer(found) : Problems.NotFound();

    // A kept check never changes: it has one version.
    private static IResult Answer(KeptCheck check) => Results.Ok(check.Answer()).WithETag(ETags.Of(1));

    private static IResult Answer(PageOf<KeptCheck> page) =>
        Results.Ok(new PageOf<ConnectivityCheckAnswer>([.. page.Items.Select(check => check.Answer())], page.Next));
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

/// <summary>A check of the caller's own mailbox.</summary>
/// <param name="Protocol">What to try.</param>
/// <param name="Password">The mailbox's password, used for this check and kept nowhere; without it the pod's service credential is used.</param>
internal sealed record OwnConnectivityCheckRequest(MailProtocol Protocol, string? Password = null)
{
    /// <summary>A record would print its members, the password with them.</summary>
    public override string ToString() => $"{nameof(OwnConnectivityCheckRequest)} of {Protocol}";
}
