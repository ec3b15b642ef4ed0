using AdminPortal.Hosting;

namespace AdminPortal.Features.Members;

/// <summary>What programs are told about an invitation that was not made.</summary>
internal static class InviteWords
{
    public static string English(InviteFault fault) => fault switch
    {
        InviteFault.RoleNotGranted => "Name tenantAdmin, helpdesk, auditor or mailboxOwner.",
        InviteFault.AddressWrong => "This is no mail address that fits here.",
        InviteFault.MailboxUnknown => "There is no such mailbox here.",
        InviteFault.OwnerNeedsMailbox => "A mailbox belongs to the role mailboxOwner, and to no other.",
        InviteFault.LanguageUnknown => $"Name one of {string.Join(", ", Language.All.Select(l => l.Code))}.",
        InviteFault.IsMember => "This person is a member already: change the role instead.",
        InviteFault.IsInvited => "This person is invited already: send the invitation again, or withdraw it.",
        InviteFault.HasOwner => "This mailbox has an owner already.",
        InviteFault.TooMany => "Too many invitations were sent today. Try again tomorrow.",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };

    public static IResult Problem(this InviteOutcome outcome) => outcome switch
    {
        InviteOutcome.Invalid(var field, var fault) => Problems.Validation(field, English(fault)),
        InviteOutcome.Refused(var fault) => Problems.Conflict(English(fault)),
        _ => Problems.NotFound(),
    };
}
