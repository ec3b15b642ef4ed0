using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.MailQueue;

/// <summary>A message that a mailbox sent to elsewhere. Its content is nobody's to read here.</summary>
/// <param name="Id">As the mail program was told it.</param>
/// <param name="Sender">The reverse-path; empty for a notification.</param>
/// <param name="Size">Octets.</param>
/// <param name="State">Whether it waits, is being sent, or is done with.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="QueuedAt">When it was accepted.</param>
/// <param name="NextAt">When it is tried next; null where nobody waits any more.</param>
/// <param name="Cancelled">An administrator ended the attempts.</param>
/// <param name="Recipients">Each with its own fate.</param>
internal sealed record QueuedMessageAnswer(
    Guid Id, string Sender, int Size, RelayState State, int Attempts, DateTimeOffset QueuedAt, DateTimeOffset? NextAt, bool Cancelled,
    IReadOnlyList<QueuedRecipientAnswer> Recipients);

/// <param name="Address">Where it goes.</param>
/// <param name="State">What became of it.</param>
/// <param name="Status">The last answer's code (RFC 3463).</param>
/// <param name="Said">The other server's words.</param>
internal sealed record QueuedRecipientAnswer(string Address, RelayedState State, string? Status, string? Said);

internal enum QueueOutcome
{
    Done,
    NotFound,

    /// <summary>Nobody waits for it any more.</summary>
    Finished,
}

/// <summary>What mailboxes of the tenant sent to elsewhere, and what an administrator can do about it.</summary>
internal sealed class QueuedMessages(PortalDbContext db, Actor actor, CurrentTenant tenant)
{
    /// <summary>Newest first, from before that message on.</summary>
    public async Task<IReadOnlyList<QueuedMessageAnswer>> ListAsync(bool all, Guid? before, int count, CancellationToken cancellationToken)
    {
        var messages = db.RelayedMessages.AsNoTracking();
        if (!all) messages = messages.Where(m => m.State != RelayState.Done);
        if (before is { } id) messages = messages.Where(m => m.Id < id);
        return await Shown(messages.OrderByDescending(m => m.Id).Take(count)).ToListAsync(cancellationToken);
    }

    public Task<QueuedMessageAnswer?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        Shown(db.RelayedMessages.AsNoTracking().Where(m => m.Id == id)).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Tries it at the next look, whatever its pause.</summary>
    public Task<QueueOutcome> RetryAsync(Guid id, CancellationToken cancellationToken) => ChangeAsync(id, AuditActions.RelayedMessageRetried, cancel: false, cancellationToken);

    /// <summary>Gives up who still waits; the sender is told.</summary>
    public Task<QueueOutcome> CancelAsync(Guid id, CancellationToken cancellationToken) => ChangeAsync(id, AuditActions.RelayedMessageCancelled, cancel: true, cancellationToken);

    // The worker's fence and lease stand in the same row, so nothing but these two columns is written; what is on its way is not called back.
    private async Task<QueueOutcome> ChangeAsync(Guid id, string action, bool cancel, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } found) return QueueOutcome.NotFound;
        await using var work = await db.Database.BeginTransactionAsync(cancellationToken);
        var changed = await db.RelayedMessages.Where(m => m.Id == id && m.State != RelayState.Done).ExecuteUpdateAsync(
            m => m.SetProperty(x => x.IsCancelled, x => x.IsCancelled || cancel)
                .SetProperty(x => x.NextAt, x => x.State == RelayState.Waiting ? DateTimeOffset.UnixEpoch : x.NextAt),
            cancellationToken);
        if (changed == 0) return QueueOutcome.Finished;
        db.AuditEvents.Add(actor.Did(
            tenant.Id, action, "relayedMessage", id, found.Sender, after: new { Recipients = found.Recipients.Select(r => r.Address).ToList() }));
        await db.SaveChangesAsync(cancellationToken);
        await work.CommitAsync(cancellationToken);
        return QueueOutcome.Done;
    }

    private IQueryable<QueuedMessageAnswer> Shown(IQueryable<RelayedMessage> messages) => messages.Select(m => new QueuedMessageAnswer(
        m.Id, m.Sender, m.Size, m.State, m.Attempts, m.QueuedAt, m.State == RelayState.Done ? null : m.NextAt, m.IsCancelled,
        db.RelayedRecipients.Where(r => r.MessageId == m.Id).OrderBy(r => r.Position).Select(r => new QueuedRecipientAnswer(r.Address, r.State, r.Status, r.Said)).ToList()));
}
