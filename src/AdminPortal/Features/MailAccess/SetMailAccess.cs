using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.MailAccess;

/// <summary>Switches protocols of one mailbox.</summary>
/// <param name="Mailbox">An address or an id.</param>
/// <param name="Changes">What shall become of the settings.</param>
/// <param name="Reason">Why, in the administrator's words; optional.</param>
/// <param name="IsExpected">Whether the state is still what the caller saw; null changes whatever it is.</param>
public sealed record SetMailAccessRequest(string Mailbox, AccessChanges Changes, string? Reason = null, Func<MailboxAccess, bool>? IsExpected = null);

/// <summary>How switching ended.</summary>
public abstract record SetMailAccessOutcome
{
    private SetMailAccessOutcome() { }

    /// <param name="Now">The state after the change.</param>
    /// <param name="Before">The settings before it.</param>
    /// <param name="AuditEventId">The record of it.</param>
    /// <param name="SessionsEnded">How many live sessions were ended by it.</param>
    /// <param name="EffectiveAfter">From the request to the moment when logins obey it and the sessions are ended.</param>
    public sealed record Changed(MailboxAccess Now, AccessSettings Before, long AuditEventId, int SessionsEnded, TimeSpan EffectiveAfter)
        : SetMailAccessOutcome;

    /// <summary>The settings were so already: nothing was written.</summary>
    public sealed record Unchanged(MailboxAccess Now) : SetMailAccessOutcome;

    /// <summary>This tenant has no such mailbox.</summary>
    public sealed record NotFound : SetMailAccessOutcome;

    /// <summary>The state is no longer what the caller saw; nothing was written.</summary>
    /// <param name="Current">What it is now.</param>
    /// <param name="LastChange">The latest change to anything that decides about these protocols, if one is on record.</param>
    public sealed record Conflict(MailboxAccess Current, AccessChangeOnRecord? LastChange) : SetMailAccessOutcome;
}

public sealed class SetMailAccess(
    PortalDbContext db, GetMailAccess get, AccessHistory history, ChangeFeed feed, LiveSessions live, Actor actor, TimeProvider time)
{
    /// <summary>Two who write at the same moment do not know of each other: the later one looks again.</summary>
    private const int Attempts = 4;

    public async Task<SetMailAccessOutcome> HandleAsync(SetMailAccessRequest request, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            if (await get.FindToChangeAsync(request.Mailbox, cancellationToken) is not { } found) return new SetMailAccessOutcome.NotFound();
            if (request.IsExpected is { } isExpected && !isExpected(found)) return await ConflictAsync(found, request.Changes, cancellationToken);

            var before = found.Mailbox.Access;
            var wanted = request.Changes.ApplyTo(before);
            if (wanted == before) return new SetMailAccessOutcome.Unchanged(found);

            var open = live.Of(found.Mailbox.TenantId, found.Mailbox.Id);
            var record = ChangeAndRecord(found.Mailbox, wanted, request.Reason);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                return await AnswerAsync(found, before, record, open, begun);
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                // Its version moved between the look and the write: look again, tag included.
                db.ChangeTracker.Clear();
            }
        }
    }

    private AuditEvent ChangeAndRecord(Mailbox mailbox, AccessSettings wanted, string? reason)
    {
        var record = new AuditEvent
        {
            TenantId = mailbox.TenantId,
            ActorName = actor.Name,
            ActorKind = actor.Kind,
            ActorId = actor.Id,
            Action = AuditActions.MailAccessChanged,
            TargetKind = "mailbox",
            TargetId = mailbox.Id,
            Target = mailbox.Address,
            Before = AccessWords.Difference(mailbox.Access, wanted),
            After = AccessWords.Difference(wanted, mailbox.Access),
            Reason = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim(),
            RemoteAddress = actor.RemoteAddress,
            UserAgent = actor.UserAgent,
        };
        mailbox.Access = wanted;
        mailbox.UpdatedAt = time.GetUtcNow();
        db.AuditEvents.Add(record);
        db.ChangeFeedEntries.Add(new() { TenantId = mailbox.TenantId, MailboxId = mailbox.Id });
        return record;
    }

    // The change is committed: it is told to the end, even if the caller has gone.
    private async Task<SetMailAccessOutcome> AnswerAsync(
        MailboxAccess found, AccessSettings before, AuditEvent record, IReadOnlyList<LiveSession> open, long begun)
    {
        await feed.PublishAsync(new(found.Mailbox.TenantId, found.Mailbox.Id), CancellationToken.None);
        // Counted by what became of them: the feed's listener may have been there first.
        var ended = open.Count(session => session.Ended.IsCompleted);
        var now = found with { With = found.With with { Layers = found.With.Layers with { Mailbox = found.Mailbox.Access } } };
        return new SetMailAccessOutcome.Changed(now, before, record.Id, ended, time.GetElapsedTime(begun));
    }

    private async Task<SetMailAccessOutcome> ConflictAsync(MailboxAccess current, AccessChanges wanted, CancellationToken cancellationToken)
    {
        var changes = await history.OfAsync(current, cancellationToken);
        var ofTheseProtocols = changes.Values.Where(change => wanted[change.Protocol] is not null);
        return new SetMailAccessOutcome.Conflict(current, ofTheseProtocols.MaxBy(change => change.At));
    }
}
