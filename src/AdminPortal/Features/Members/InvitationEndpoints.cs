using AdminPortal.Hosting;

namespace AdminPortal.Features.Members;

internal static class InvitationEndpoints
{
    public static void MapInvitationRoutes(this IEndpointRouteBuilder app)
    {
        var invitations = app.MapTenantApi().MapGroup("/members/invitations").WithTags("Members");
        invitations.MapGet("", ListAsync).WithName("listInvitations").RequireAuthorization(Policies.SeeMembers).RequireScope(Scopes.SettingsRead);
        invitations.MapGet("/{invitation:guid}", GetAsync).WithName("getInvitation").RequireAuthorization(Policies.SeeMembers).RequireScope(Scopes.SettingsRead)
            .Produces<InvitationAnswer>();
        invitations.MapPost("/{invitation:guid}/resend", ResendAsync).WithName("resendInvitation").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin).RequireStepUp()
            .WithIdempotency().Produces<InvitationAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        invitations.MapDelete("/{invitation:guid}", WithdrawAsync).WithName("withdrawInvitation").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin)
            .RequireIfMatch().Produces(StatusCodes.Status204NoContent);
    }

    /// <summary>Lists the invitations that were neither accepted nor withdrawn, the newest first.</summary>
    private static Task<PageOf<InvitationAnswer>> ListAsync([AsParameters] ListQuery query, ListInvitations invitations, CancellationToken cancellationToken) =>
        invitations.PageAsync(query, cancellationToken);

    /// <summary>Shows one invitation, without its link.</summary>
    private static async Task<IResult> GetAsync(Guid invitation, ListInvitations invitations, CancellationToken cancellationToken) =>
        await invitations.FindAsync(invitation, cancellationToken) is { } found ? Results.Ok(found.Answer).WithETag(ETags.Of(found.Version)) : Problems.NotFound();

    /// <summary>Sends a new link, valid for 7 days; the one before leads nowhere from then on.</summary>
    private static async Task<IResult> ResendAsync(Guid invitation, InvitePerson invite, ListInvitations invitations, CancellationToken cancellationToken) =>
        await invite.SendAgainAsync(invitation, byHand: false, cancellationToken) switch
        {
            InviteOutcome.Sent(_, var link) when await invitations.FindAsync(invitation, cancellationToken) is { } now =>
                Results.Ok(now.Answer with { Link = link }).WithETag(ETags.Of(now.Version)),
            var outcome => outcome.Problem(),
        };

    /// <summary>Withdraws an invitation: its link leads nowhere from then on.</summary>
    private static async Task<IResult> WithdrawAsync(
        Guid invitation, Precondition ifMatch, InvitePerson invite, ListInvitations invitations, CancellationToken cancellationToken)
    {
        if (await invitations.FindAsync(invitation, cancellationToken) is not { } found) return Problems.NotFound();
        if (!ifMatch.Matches(found.Version)) return Problems.PreconditionFailed(found.Answer).WithETag(ETags.Of(found.Version));
        return await invite.WithdrawAsync(invitation, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync<InvitationAnswer>(async () =>
                await invitations.FindAsync(invitation, cancellationToken) is { } now ? (now.Answer, now.Version) : null),
        };
    }
}
