using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Members;

/// <summary>What became of the mail that carries a link.</summary>
internal enum InvitationDelivery
{
    /// <summary>It is about to be sent, or will be tried again.</summary>
    Waiting,
    Sent,

    /// <summary>It could not be delivered and was given up.</summary>
    Failed,

    /// <summary>No mail: an administrator hands the link over.</summary>
    ByHand,
}

/// <summary>An invitation that was neither accepted nor withdrawn.</summary>
/// <param name="Id">The invitation.</param>
/// <param name="Address">What the person will sign in as.</param>
/// <param name="Role">To what role.</param>
/// <param name="Mailbox">Or to which mailbox.</param>
/// <param name="SentTo">Where the link went.</param>
/// <param name="Delivery">What became of the mail.</param>
/// <param name="Failure">Why it was not delivered, where it was not.</param>
/// <param name="InvitedBy">Who asked for it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="ExpiresAt">From when the link leads nowhere.</param>
/// <param name="Link">In the answer to its making alone, and only where no mail carries it.</param>
internal sealed record InvitationAnswer(
    Guid Id, string Address, PortalRole Role, string? Mailbox, string SentTo, InvitationDelivery Delivery, MailFailure? Failure, string InvitedBy,
    DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, Uri? Link = null);

internal sealed record ListedInvitation(InvitationAnswer Answer, long Version);

/// <summary>The invitations that are still open, the newest first; one that is too old stays until it is sent again or withdrawn.</summary>
internal sealed class ListInvitations(PortalDbContext db)
{
    public async Task<PageOf<InvitationAnswer>> PageAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var invitations = query.Cursor?.Read<Guid>() is { } before ? db.Invitations.Where(i => i.Id < before) : db.Invitations;
        var found = await Query(invitations).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<InvitationAnswer>.Cut(found, query.Size, i => i.Answer, i => i.Answer.Id);
    }

    public Task<List<ListedInvitation>> LatestAsync(int most, CancellationToken cancellationToken) =>
        Query(db.Invitations).Take(most).ToListAsync(cancellationToken);

    public Task<ListedInvitation?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        Query(db.Invitations.Where(i => i.Id == id)).SingleOrDefaultAsync(cancellationToken);

    public Task<ListedInvitation?> OfMailboxAsync(Guid mailbox, CancellationToken cancellationToken) =>
        Query(db.Invitations.Where(i => i.MailboxId == mailbox)).FirstOrDefaultAsync(cancellationToken);

    private IQueryable<ListedInvitation> Query(IQueryable<Invitation> invitations) =>
        from invitation in invitations.AsNoTracking()
        where invitation.AcceptedAt == null && invitation.WithdrawnAt == null
        join mail in db.QueuedMails on invitation.MailId equals mail.Id into mails
        from mail in mails.DefaultIfEmpty()
        join mailbox in db.Mailboxes on invitation.MailboxId equals mailbox.Id into mailboxes
        from mailbox in mailboxes.DefaultIfEmpty()
        orderby invitation.Id descending
        select new ListedInvitation(
            new(
                invitation.Id, invitation.Address, invitation.Role, mailbox.Address, invitation.SentTo,
                invitation.MailId == null ? InvitationDelivery.ByHand
                    // Mail that was sent is forgotten after a time.
                    : mail == null || mail.State == QueuedMailState.Sent ? InvitationDelivery.Sent
                    : mail.State == QueuedMailState.Failed ? InvitationDelivery.Failed
                    : InvitationDelivery.Waiting,
                mail.Failure, invitation.InvitedBy, invitation.CreatedAt, invitation.ExpiresAt, null),
            invitation.Version);
}
