using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Members;

/// <summary>Whom to invite, to what.</summary>
/// <param name="Role">The role; mailboxOwner for the owner of <paramref name="Mailbox"/>.</param>
/// <param name="Address">What the person will sign in as. Left out for the owner of a mailbox, who signs in with its address.</param>
/// <param name="Mailbox">Which mailbox, by address or id: with the role mailboxOwner alone.</param>
/// <param name="SendTo">Where the link is sent instead, for an owner who cannot read the mailbox yet.</param>
/// <param name="Language">Of the mail and the page, en or fr: else the mailbox's or the organisation's.</param>
internal sealed record InviteRequest(PortalRole Role, string? Address = null, string? Mailbox = null, string? SendTo = null, string? Language = null);

/// <summary>How an invitation ended.</summary>
internal abstract record InviteOutcome
{
    private InviteOutcome() { }

    /// <param name="Invitation">As it is now.</param>
    /// <param name="Link">For an administrator to hand over, where no mail carries it; never to be had again.</param>
    public sealed record Sent(Invitation Invitation, Uri? Link) : InviteOutcome;

    public sealed record Invalid(string Field, InviteFault Fault) : InviteOutcome;

    /// <summary>The state of things is against it.</summary>
    public sealed record Refused(InviteFault Fault) : InviteOutcome;

    public sealed record NotFound : InviteOutcome;
}

/// <summary>What is wrong with an invitation; each face has its own words for it.</summary>
internal enum InviteFault
{
    RoleNotGranted,
    AddressWrong,
    MailboxUnknown,
    OwnerNeedsMailbox,
    LanguageUnknown,
    IsMember,
    IsInvited,
    HasOwner,
    TooMany,
}

/// <summary>
/// Invites a person, sends the link again, or takes the invitation back. Each sending makes a new link and ends the one before. Without
/// outgoing mail, or when an administrator asks for it because a mail did not arrive, the link is shown instead, once.
/// </summary>
internal sealed class InvitePerson(
    PortalDbContext db, CurrentTenant tenant, InvitationMail mail, IMailRoutes routes, RecordedChange change, Actor actor, TimeProvider time,
    IOptions<LimitsOptions> limits, LimitHits hits)
{
    public static readonly TimeSpan Lasts = TimeSpan.FromDays(7);

    public async Task<InviteOutcome> InviteAsync(InviteRequest request, CancellationToken cancellationToken)
    {
        var mailbox = request.Mailbox is { } named ? await db.Mailboxes.Named(named).SingleOrDefaultAsync(cancellationToken) : null;
        if (Wrong(request, mailbox) is { } wrong) return wrong;
        var address = mailbox?.Address ?? MailAddressName.Normalise(request.Address)!;
        if (await AgainstAsync(address, mailbox, cancellationToken) is { } refused) return new InviteOutcome.Refused(refused);

        var languages = await db.Tenants.Select(t => t.Languages).SingleAsync(cancellationToken);
        var invitation = new Invitation
        {
            TenantId = tenant.Id,
            Id = Guid.CreateVersion7(),
            Address = address,
            SentTo = MailAddressName.Normalise(request.SendTo) ?? address,
            Role = request.Role,
            MailboxId = mailbox?.Id,
            Language = request.Language ?? mailbox?.Language ?? languages.FirstOrDefault() ?? Language.All[0].Code,
            TokenHash = [],
            InvitedBy = actor.Name,
            CreatedAt = time.GetUtcNow(),
        };
        db.Add(invitation);
        return await SendAsync(invitation, mailbox?.Address, AuditActions.MemberInvited, byHand: false, cancellationToken);
    }

    /// <param name="id">An invitation that is neither accepted nor withdrawn; it may be too old.</param>
    /// <param name="byHand">The link is wanted here, because mail does not reach the person.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<InviteOutcome> SendAgainAsync(Guid id, bool byHand, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } invitation) return new InviteOutcome.NotFound();
        if (await IsTooManyAsync(cancellationToken)) return new InviteOutcome.Refused(InviteFault.TooMany);
        await ForgetMailAsync(invitation, cancellationToken);
        var mailbox = invitation.MailboxId is { } owned ? await db.Mailboxes.Where(m => m.Id == owned).Select(m => m.Address).SingleAsync(cancellationToken) : null;
        return await SendAsync(invitation, mailbox, AuditActions.MemberInvitedAgain, byHand, cancellationToken);
    }

    public async Task<ChangeOutcome> WithdrawAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } invitation) return new ChangeOutcome.NotFound();
        await ForgetMailAsync(invitation, cancellationToken);
        invitation.WithdrawnAt = time.GetUtcNow();
        var record = actor.Did(tenant.Id, AuditActions.MemberInvitationWithdrawn, "member", invitation.Id, invitation.Address, before: new { invitation.Role });
        return await change.SaveAsync(record, moved: null, "", cancellationToken);
    }

    private async Task<InviteOutcome> SendAsync(Invitation invitation, string? mailbox, string action, bool byHand, CancellationToken cancellationToken)
    {
        var secret = OneTimeSecret.Make();
        var mailed = routes.IsOpen && !byHand;
        invitation.TokenHash = secret.Hash;
        invitation.ExpiresAt = time.GetUtcNow() + Lasts;
        invitation.MailId = mailed ? mail.Ask(invitation, mailbox, secret).Id : null;
        var record = actor.Did(
            tenant.Id, action, "member", invitation.Id, invitation.Address, after: new { invitation.Role, mailbox, invitation.SentTo, handedOver = !mailed });
        return await change.SaveAsync(record, moved: null, "", cancellationToken) switch
        {
            ChangeOutcome.Done => new InviteOutcome.Sent(invitation, mailed ? null : mail.LinkOf(secret)),
            // Two invited the same person at the same moment, or one of two buttons was pressed twice.
            ChangeOutcome.Refused => new InviteOutcome.Refused(InviteFault.IsInvited),
            _ => new InviteOutcome.NotFound(),
        };
    }

    private Task<Invitation?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        db.Invitations.SingleOrDefaultAsync(i => i.Id == id && i.AcceptedAt == null && i.WithdrawnAt == null, cancellationToken);

    // Its link is dead from now on; one that is on its way arrives and leads nowhere.
    private Task<int> ForgetMailAsync(Invitation invitation, CancellationToken cancellationToken) =>
        db.QueuedMails.Where(m => m.Id == invitation.MailId && m.State == QueuedMailState.Waiting).ExecuteDeleteAsync(cancellationToken);

    private static InviteOutcome.Invalid? Wrong(InviteRequest request, Mailbox? mailbox)
    {
        var owner = request.Role == PortalRole.MailboxOwner;
        if (!owner && !ChangeMember.Grantable.Contains(request.Role)) return new("role", InviteFault.RoleNotGranted);
        if (owner != request.Mailbox is not null) return new("mailbox", InviteFault.OwnerNeedsMailbox);
        if (owner && mailbox is null) return new("mailbox", InviteFault.MailboxUnknown);
        if (owner ? request.Address is not null && MailAddressName.Normalise(request.Address) != mailbox!.Address : MailAddressName.Normalise(request.Address) is null)
            return new("address", InviteFault.AddressWrong);
        if (request.SendTo is not null && (!owner || MailAddressName.Normalise(request.SendTo) is null)) return new("sendTo", InviteFault.AddressWrong);
        return request.Language is not null && Language.All.All(l => l.Code != request.Language) ? new("language", InviteFault.LanguageUnknown) : null;
    }

    private async Task<InviteFault?> AgainstAsync(string address, Mailbox? mailbox, CancellationToken cancellationToken)
    {
        if (mailbox?.UserId is not null) return InviteFault.HasOwner;
        if (mailbox is null && await IsMemberAsync(address, cancellationToken)) return InviteFault.IsMember;
        var open = db.Invitations.Where(i => i.AcceptedAt == null && i.WithdrawnAt == null);
        var same = mailbox is null ? open.Where(i => i.MailboxId == null && i.Address == address) : open.Where(i => i.MailboxId == mailbox.Id);
        if (await same.AnyAsync(cancellationToken)) return InviteFault.IsInvited;
        return await IsTooManyAsync(cancellationToken) ? InviteFault.TooMany : null;
    }

    private Task<bool> IsMemberAsync(string address, CancellationToken cancellationToken) =>
        db.Members.AnyAsync(m => db.Users.Any(u => u.Id == m.UserId && u.UserName == address), cancellationToken);

    // The portal is not to be used for writing to strangers.
    private async Task<bool> IsTooManyAsync(CancellationToken cancellationToken)
    {
        var yesterday = time.GetUtcNow().AddDays(-1);
        if (await db.QueuedMails.CountAsync(m => m.CreatedAt > yesterday, cancellationToken) < limits.Value.Mail.InvitationsPerDay) return false;
        hits.Count($"{LimitsOptions.Section}:{nameof(LimitsOptions.Mail)}:{nameof(MailLimits.InvitationsPerDay)}");
        return true;
    }
}
