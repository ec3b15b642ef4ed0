using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MySettings;

/// <summary>What the owner of a mailbox is shown of it.</summary>
internal sealed record OwnMailboxShown(MailboxWithLayers With, IReadOnlyList<ConnectionLine> Lines, ClientAdvice Advice, DateTimeOffset At)
{
    public Mailbox Mailbox => With.Mailbox;

    public AccessDecision this[MailProtocol protocol] => With.Decide(protocol, At);

    public bool MayReceive => this[MailProtocol.Imap].Allowed || this[MailProtocol.Pop3].Allowed;

    public bool MayUseAny => MailProtocols.All.Any(protocol => this[protocol].Allowed);

    public bool MissesAny => MailProtocols.All.Any(protocol => !this[protocol].Allowed);
}

internal sealed class GetOwnMailbox(PortalDbContext db, IOptions<MailServerAddresses> own, TimeProvider time)
{
    /// <param name="mailboxId">The caller's own; its tenant is entered.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <returns>Null where it was deleted meanwhile.</returns>
    public async Task<OwnMailboxShown?> FindAsync(Guid mailboxId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await db.WithLayers(db.Mailboxes.AsNoTracking().Where(m => m.Id == mailboxId), now).SingleOrDefaultAsync(cancellationToken) is not { } found)
            return null;
        var lines = await db.ConnectionLinesOfAsync(found.Mailbox, found.PodKind, own.Value, cancellationToken);
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(p => p.Id == found.Mailbox.PlanId, cancellationToken);
        return new(found, lines, ClientAdvice.For(found.Mailbox.Preferences, plan?.Preferences), now);
    }
}
