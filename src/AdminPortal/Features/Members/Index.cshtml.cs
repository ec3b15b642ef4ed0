using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Members;

/// <summary>Who has which role, who is invited, and the form that invites.</summary>
[Authorize(Policy = Policies.SeeMembers)]
internal sealed class IndexModel(
    ListMembers members, ListInvitations invitations, ChangeMember change, InvitePerson invite, IMailRoutes mail, CurrentTenant tenant, CurrentUser user,
    TimeProvider time, IStringLocalizer<Text> texts) : PageModel
{
    private const int MostInvitations = 100;

    [BindProperty, Required, StringLength(254), Display(Name = "Address")]
    public string Address { get; set; } = "";

    [BindProperty]
    public PortalRole Role { get; set; } = PortalRole.Helpdesk;

    public IReadOnlyList<ListedMember> Members { get; private set; } = [];

    public IReadOnlyList<ListedInvitation> Invitations { get; private set; } = [];

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    /// <summary>Without it the page shows links to hand over.</summary>
    public bool SendsMail => mail.IsOpen;

    /// <summary>For whom, and the link: in the answer to the form alone, and never again.</summary>
    public (string Address, Uri Link)? HandOver { get; private set; }

    public DateTimeOffset Now => time.GetUtcNow();

    public bool IsMe(MemberAnswer member) => member.Id == user.UserId;

    // Whoever may only look gets no further than looking, whatever they send. (Its name would make it a handler.)
    [NonHandler]
    public override void OnPageHandlerExecuting(PageHandlerExecutingContext context)
    {
        if (!HttpMethods.IsGet(Request.Method) && !MayChange) context.Result = Forbid();
    }

    public Task OnGetAsync(CancellationToken cancellationToken) => ReadAsync(cancellationToken);

    [RequireStepUp]
    public async Task<IActionResult> OnPostInviteAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return await ShowAsync(cancellationToken);
        return await AnswerAsync(await invite.InviteAsync(new(Role, Address), cancellationToken), "InvitationSent", cancellationToken);
    }

    /// <param name="mailbox">Whose owner is invited.</param>
    /// <param name="sendTo">Where the link goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    [RequireStepUp]
    public async Task<IActionResult> OnPostOwnerAsync(string mailbox, string? sendTo, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await AnswerAsync(await invite.InviteAsync(new(PortalRole.MailboxOwner, Mailbox: mailbox, SendTo: sendTo), cancellationToken), "InvitationSent", cancellationToken);
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostAgainAsync(Guid invitation, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await AnswerAsync(await invite.SendAgainAsync(invitation, byHand: false, cancellationToken), "InvitedAgain", cancellationToken);
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostLinkAsync(Guid invitation, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await AnswerAsync(await invite.SendAgainAsync(invitation, byHand: true, cancellationToken), "InvitedAgain", cancellationToken);
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid invitation, CancellationToken cancellationToken) =>
        Told(await invite.WithdrawAsync(invitation, cancellationToken), texts["Withdrawn"]);

    [RequireStepUp]
    public async Task<IActionResult> OnPostRoleAsync(Guid member, PortalRole role, long version, CancellationToken cancellationToken) =>
        Told(await change.SetRoleAsync(member, role, VersionSeen(version), cancellationToken), texts["RoleChanged"]);

    [RequireStepUp]
    public async Task<IActionResult> OnPostRemoveAsync(Guid member, long version, CancellationToken cancellationToken) =>
        Told(await change.RemoveAsync(member, VersionSeen(version), cancellationToken), texts["Removed"]);

    private static Precondition VersionSeen(long version) => Precondition.Of([ETags.Of(version).ToString()]);

    private IActionResult Told(ChangeOutcome outcome, string done)
    {
        if (outcome is ChangeOutcome.NotFound) return NotFound();
        new StatusMessage(
            outcome switch
            {
                ChangeOutcome.Done => done,
                ChangeOutcome.Refused => texts["LastStays"],
                ChangeOutcome.Stale => texts["ChangedMeanwhile"],
                _ => texts["NotDone"],
            },
            Failed: outcome is not ChangeOutcome.Done).KeepFor(TempData);
        return LocalRedirect(Here);
    }

    private async Task<IActionResult> AnswerAsync(InviteOutcome outcome, string done, CancellationToken cancellationToken)
    {
        switch (outcome)
        {
            case InviteOutcome.Sent(var invitation, null):
                new StatusMessage(texts[done, invitation.SentTo]).KeepFor(TempData);
                return LocalRedirect(Here);
            // The link is a key: it is in this one answer, and nowhere else.
            case InviteOutcome.Sent(var invitation, { } link):
                HandOver = (invitation.Address, link);
                ModelState.Clear();
                Address = "";
                break;
            case InviteOutcome.Invalid(_, var fault):
                ModelState.AddModelError(fault == InviteFault.AddressWrong ? nameof(Address) : "", texts[$"Fault{fault}"]);
                break;
            case InviteOutcome.Refused(var fault):
                ModelState.AddModelError(fault == InviteFault.IsMember ? nameof(Address) : "", texts[$"Fault{fault}"]);
                break;
            default:
                return NotFound();
        }
        return await ShowAsync(cancellationToken);
    }

    private string Here => $"/t/{tenant.Slug}/settings/members";

    private async Task<PageResult> ShowAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        return Page();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        Members = await members.AllAsync(cancellationToken);
        Invitations = await invitations.LatestAsync(MostInvitations, cancellationToken);
    }
}
