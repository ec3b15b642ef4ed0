using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.AppPasswords;

internal static class AppPasswordEndpoints
{
    public static IEndpointRouteBuilder MapAppPasswords(this IEndpointRouteBuilder app)
    {
        var one = app.MapTenantApi().MapGroup("/mailboxes/{mailbox}/app-passwords").WithTags("App passwords");
        one.MapGet("", ListAsync).WithName("listAppPasswords")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.MailboxesRead).Produces<PageOf<AppPasswordAnswer>>();
        one.MapPost("", CreateAsync).WithName("createAppPassword").RequireStepUp().WithIdempotency()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.MailboxesWrite)
            .Produces<CreatedAppPasswordAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        one.MapGet("/{appPassword:guid}", GetAsync).WithName("getAppPassword")
            .RequireAuthorization(Policies.SeeTenant).RequireScope(Scopes.MailboxesRead).Produces<AppPasswordAnswer>();
        one.MapPatch("/{appPassword:guid}", PatchAsync).WithName("patchAppPassword").RequireStepUp().RequireIfMatch()
            .RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.MailboxesWrite).Produces<AppPasswordAnswer>();
        // A helpdesk that may switch a protocol off may also take a lost phone's password back.
        one.MapDelete("/{appPassword:guid}", RevokeAsync).WithName("revokeAppPassword").RequireIfMatch()
            .RequireAuthorization(Policies.SwitchAccess).RequireScope(Scopes.AccessWrite).Produces(StatusCodes.Status204NoContent);

        var own = app.MapMeApi().MapGroup("/app-passwords").WithTags("Me");
        own.MapGet("", ListOwnAsync).WithName("listMyAppPasswords").Produces<PageOf<AppPasswordAnswer>>();
        own.MapPost("", CreateOwnAsync).WithName("createMyAppPassword").RequireStepUp().WithIdempotency()
            .Produces<CreatedAppPasswordAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        own.MapGet("/{appPassword:guid}", GetOwnAsync).WithName("getMyAppPassword").Produces<AppPasswordAnswer>();
        own.MapPatch("/{appPassword:guid}", PatchOwnAsync).WithName("patchMyAppPassword").RequireStepUp().RequireIfMatch().Produces<AppPasswordAnswer>();
        own.MapDelete("/{appPassword:guid}", RevokeOwnAsync).WithName("revokeMyAppPassword").RequireIfMatch().Produces(StatusCodes.Status204NoContent);
        return app;
    }

    /// <summary>Lists a mailbox's app passwords, newest first, without the passwords.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">A page of app passwords.</response>
    private static Task<IResult> ListAsync(string mailbox, [AsParameters] ListQuery query, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(mailbox, manage, found => ListedAsync(found, query, manage, cancellationToken), cancellationToken);

    /// <summary>Makes a password for one program. The answer shows it once: only a verifier is stored.</summary>
    /// <remarks>It opens the mailbox by the protocols that are named and switched on, besides every other password of the mailbox.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="201">The app password, with the password.</response>
    private static Task<IResult> CreateAsync(
        string mailbox, CreateAppPasswordRequest request, CurrentTenant tenant, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(mailbox, manage, found => CreatedAsync(found, request, $"/tenants/{tenant.Slug}/mailboxes/{found.Id}", manage, cancellationToken), cancellationToken);

    /// <summary>Shows one app password without the password.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">The app password.</response>
    private static Task<IResult> GetAsync(string mailbox, Guid appPassword, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(mailbox, manage, found => FoundAsync(found, appPassword, manage, cancellationToken), cancellationToken);

    /// <summary>Changes the name, the protocols, the networks or the end of an app password. The password stays.</summary>
    /// <remarks>A JSON merge patch (RFC 7396): an absent member stays as it is. Sessions that it would not open any more end within a second.</remarks>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="200">The app password as it is now.</response>
    private static Task<IResult> PatchAsync(
        string mailbox, Guid appPassword, MergePatch<AppPasswordPatch> patch, Precondition ifMatch, ManageAppPasswords manage,
        CancellationToken cancellationToken) =>
        OfAsync(mailbox, manage, found => PatchedAsync(found, appPassword, patch, ifMatch, manage, cancellationToken), cancellationToken);

    /// <summary>Revokes an app password: it opens nothing any more, and sessions opened with it end within a second.</summary>
    /// <param name="mailbox">An address (percent-encoded) or an id.</param>
    /// <response code="204">It is gone; the audit trail stays.</response>
    private static Task<IResult> RevokeAsync(
        string mailbox, Guid appPassword, Precondition ifMatch, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(mailbox, manage, found => RevokedAsync(found, appPassword, ifMatch, manage, cancellationToken), cancellationToken);

    /// <summary>Lists the caller's own app passwords, newest first, without the passwords.</summary>
    /// <response code="200">A page of app passwords.</response>
    private static Task<IResult> ListOwnAsync(
        [AsParameters] ListQuery query, OwnMailboxHere here, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(here.Id.ToString(), manage, found => ListedAsync(found, query, manage, cancellationToken), cancellationToken);

    /// <summary>Makes a password for one program of the caller's own. The answer shows it once: only a verifier is stored.</summary>
    /// <response code="201">The app password, with the password.</response>
    private static Task<IResult> CreateOwnAsync(
        CreateAppPasswordRequest request, OwnMailboxHere here, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(here.Id.ToString(), manage, found => CreatedAsync(found, request, "/me", manage, cancellationToken), cancellationToken);

    /// <summary>Shows one of the caller's own app passwords without the password.</summary>
    /// <response code="200">The app password.</response>
    private static Task<IResult> GetOwnAsync(Guid appPassword, OwnMailboxHere here, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(here.Id.ToString(), manage, found => FoundAsync(found, appPassword, manage, cancellationToken), cancellationToken);

    /// <summary>Changes the name, the protocols, the networks or the end of one of the caller's own. The password stays.</summary>
    /// <response code="200">The app password as it is now.</response>
    private static Task<IResult> PatchOwnAsync(
        Guid appPassword, MergePatch<AppPasswordPatch> patch, Precondition ifMatch, OwnMailboxHere here, ManageAppPasswords manage,
        CancellationToken cancellationToken) =>
        OfAsync(here.Id.ToString(), manage, found => PatchedAsync(found, appPassword, patch, ifMatch, manage, cancellationToken), cancellationToken);

    /// <summary>Revokes one of the caller's own app passwords: it opens nothing any more, and sessions opened with it end within a second.</summary>
    /// <response code="204">It is gone; the audit trail stays.</response>
    private static Task<IResult> RevokeOwnAsync(
        Guid appPassword, Precondition ifMatch, OwnMailboxHere here, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        OfAsync(here.Id.ToString(), manage, found => RevokedAsync(found, appPassword, ifMatch, manage, cancellationToken), cancellationToken);

    private static async Task<IResult> OfAsync(
        string mailbox, ManageAppPasswords manage, Func<Mailbox, Task<IResult>> answer, CancellationToken cancellationToken) =>
        await manage.FindMailboxAsync(mailbox, cancellationToken) is { } found ? await answer(found) : Problems.NotFound();

    private static async Task<IResult> ListedAsync(Mailbox mailbox, ListQuery query, ManageAppPasswords manage, CancellationToken cancellationToken)
    {
        var found = await manage.PageAsync(mailbox.Id, query.Cursor, query.Size, cancellationToken);
        return Results.Ok(PageOf<AppPasswordAnswer>.Cut(found, query.Size, AppPasswordAnswer.Of, c => c.Id));
    }

    private static async Task<IResult> CreatedAsync(
        Mailbox mailbox, CreateAppPasswordRequest request, string under, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        await manage.CreateAsync(mailbox, request, cancellationToken) switch
        {
            AppPasswordOutcome.Created(var made, _, var password) => Tagged(made, Results.Created(
                $"{TenantRoutes.Api}{under}/app-passwords/{made.Id}",
                new CreatedAppPasswordAnswer(made.Id, made.Label, made.Protocols, made.Networks, made.ExpiresAt, made.CreatedAt, mailbox.Address, password))),
            var refused => ProblemOf(refused),
        };

    private static async Task<IResult> FoundAsync(Mailbox mailbox, Guid id, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        await manage.FindAsync(mailbox.Id, id, cancellationToken) is { } found ? Tagged(found, Results.Ok(AppPasswordAnswer.Of(found))) : Problems.NotFound();

    private static async Task<IResult> PatchedAsync(
        Mailbox mailbox, Guid id, MergePatch<AppPasswordPatch> patch, Precondition ifMatch, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        await manage.ChangeAsync(mailbox, id, patch, ifMatch, cancellationToken) switch
        {
            AppPasswordOutcome.Done(var now) => Tagged(now, Results.Ok(AppPasswordAnswer.Of(now))),
            var refused => ProblemOf(refused),
        };

    private static async Task<IResult> RevokedAsync(
        Mailbox mailbox, Guid id, Precondition ifMatch, ManageAppPasswords manage, CancellationToken cancellationToken) =>
        await manage.RevokeAsync(mailbox, id, ifMatch, cancellationToken) switch
        {
            AppPasswordOutcome.Done => Results.NoContent(),
            var refused => ProblemOf(refused),
        };

    private static IResult ProblemOf(AppPasswordOutcome outcome) => outcome switch
    {
        AppPasswordOutcome.NotFound => Problems.NotFound(),
        AppPasswordOutcome.Stale(var now) => Tagged(now, Problems.PreconditionFailed(AppPasswordAnswer.Of(now))),
        AppPasswordOutcome.Invalid(var field, _, var message) => Problems.Validation(field, message),
        AppPasswordOutcome.Refused(_, var why) => Problems.Conflict(why),
        _ => throw new InvalidOperationException($"{outcome} has no answer."),
    };

    private static IResult Tagged(MailCredential credential, IResult answer) => answer.WithETag(ETags.Of(credential.Version));
}
