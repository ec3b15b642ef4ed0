using AdminPortal.Hosting;

namespace AdminPortal.Features.Members;

internal static class MembersEndpoints
{
    public static void MapMemberRoutes(this IEndpointRouteBuilder app)
    {
        var members = app.MapTenantApi().MapGroup("/members").WithTags("Members");
        members.MapGet("", ListAsync).WithName("listMembers").RequireAuthorization(Policies.SeeMembers).RequireScope(Scopes.SettingsRead);
        members.MapPost("", InviteAsync).WithName("inviteMember").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin).RequireStepUp()
            .WithIdempotency().Produces<InvitationAnswer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status409Conflict);
        members.MapGet("/{member:guid}", GetAsync).WithName("getMember").RequireAuthorization(Policies.SeeMembers).RequireScope(Scopes.SettingsRead)
            .Produces<MemberAnswer>();
        members.MapPatch("/{member:guid}", PatchAsync).WithName("patchMember").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin).RequireStepUp()
            .RequireIfMatch().Produces<MemberAnswer>().ProducesProblem(StatusCodes.Status409Conflict);
        members.MapDelete("/{member:guid}", RemoveAsync).WithName("removeMember").RequireAuthorization(Policies.ManageTenant).RequireScope(Scopes.TenantAdmin).RequireStepUp()
            .RequireIfMatch().Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status409Conflict);
    }

    /// <summary>Lists who has a role in the tenant, by name. Owners of mailboxes have none and are not among them.</summary>
    private static Task<PageOf<MemberAnswer>> ListAsync([AsParameters] ListQuery query, ListMembers members, CancellationToken cancellationToken) =>
        members.PageAsync(query, cancellationToken);

    /// <summary>Invites a person to a role, or to their own mailbox, by mail; the link works once, for 7 days.</summary>
    /// <remarks>Nobody grants more than they have. The answer holds the link only where this portal sends no mail: it is then yours to hand over, and is not to be had again.</remarks>
    private static async Task<IResult> InviteAsync(
        InviteRequest request, CurrentTenant tenant, InvitePerson invite, ListInvitations invitations, CancellationToken cancellationToken) =>
        await invite.InviteAsync(request, cancellationToken) switch
        {
            InviteOutcome.Sent(var invitation, var link) when await invitations.FindAsync(invitation.Id, cancellationToken) is { } made =>
                Results.Created($"{TenantRoutes.Api}/tenants/{tenant.Slug}/members/invitations/{invitation.Id}", made.Answer with { Link = link }).WithETag(ETags.Of(made.Version)),
            var outcome => outcome.Problem(),
        };

    /// <summary>Shows one member.</summary>
    private static async Task<IResult> GetAsync(Guid member, ListMembers members, CancellationToken cancellationToken) =>
        await members.FindAsync(member, cancellationToken) is { } found ? Results.Ok(found.Answer).WithETag(ETags.Of(found.Version)) : Problems.NotFound();

    /// <summary>Gives a member another role. It counts from the next request on. The last administrator stays one.</summary>
    private static async Task<IResult> PatchAsync(
        Guid member, MergePatch<MemberPatch> patch, Precondition ifMatch, ChangeMember change, ListMembers members, CancellationToken cancellationToken)
    {
        if (patch.IsEmpty) return await GetAsync(member, members, cancellationToken);
        if (patch.Value.Role is not { } role) return Problems.Validation("role", ChangeMember.RoleWanted);
        return await change.SetRoleAsync(member, role, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => await GetAsync(member, members, cancellationToken),
            var other => await other.ProblemAsync(() => CurrentAsync(member, members, cancellationToken)),
        };
    }

    /// <summary>Ends a membership, at once, with its tokens. The person keeps their account and what they are elsewhere. The last administrator stays.</summary>
    private static async Task<IResult> RemoveAsync(
        Guid member, Precondition ifMatch, ChangeMember change, ListMembers members, CancellationToken cancellationToken) =>
        await change.RemoveAsync(member, ifMatch, cancellationToken) switch
        {
            ChangeOutcome.Done => Results.NoContent(),
            var other => await other.ProblemAsync(() => CurrentAsync(member, members, cancellationToken)),
        };

    private static async Task<(MemberAnswer, long)?> CurrentAsync(Guid member, ListMembers members, CancellationToken cancellationToken) =>
        await members.FindAsync(member, cancellationToken) is { } now ? (now.Answer, now.Version) : null;
}
