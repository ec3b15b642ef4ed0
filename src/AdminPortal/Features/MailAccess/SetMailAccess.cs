using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;

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
    GetMailAccess get, AccessWriter writer, AccessHistory history, ChangeFeed feed, LiveSessions live, TenantScope scope, Actor actor, TimeProvider time)
{
    /// <summary>Two who write at the same moment do not know of each other: the later one looks again.</summary>
    private const int Attempts = 4;

    public async Task<SetMailAccessOutcome> HandleAsync(SetMailAccessRequest request, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        // Whoever names a mailbox by its id and takes it as it is need not look first.
        if (request.IsExpected is null && Guid.TryParse(request.Mailbox, out var id))
            return await WriteAsync(id, null, request, begun, cancellationToken) ?? new SetMailAccessOutcome.NotFound();

        for (var attempt = 1; ; attempt++)
        {
            if (await get.FindToChangeAsync(request.Mailbox, cancellationToken) is not { } seen) return new SetMailAccessOutcome.NotFound();
            var isExpected = request.IsExpected?.Invoke(seen.Access) ?? true;
            if (!isExpected || attempt > Attempts) return await ConflictAsync(seen.Access, request.Changes, cancellationToken);

            long? state = request.IsExpected is null ? null : seen.State;
            if (await WriteAsync(seen.Access.Mailbox.Id, state, request, begun, cancellationToken) is { } outcome) return outcome;
        }
    }

    /// <summary>Null where the mailbox is gone, or no longer as it was seen: look again.</summary>
    private async Task<SetMailAccessOutcome?> WriteAsync(
        Guid mailbox, long? state, SetMailAccessRequest request, long begun, CancellationToken cancellationToken)
    {
        var tenant = scope.TenantId!.Value;
        var open = live.Of(tenant, mailbox);
        return await writer.WriteAsync(tenant, new(mailbox, request.Changes, state, actor, request.Reason), cancellationToken) switch
        {
            null or { IsStale: true } => null,
            { AuditEventId: { } record } written => await ChangedAsync(written, record, open, begun),
            var same => new SetMailAccessOutcome.Unchanged(same.Now),
        };
    }

    // The change is committed: it is told to the end, even if the caller has gone.
    private async Task<SetMailAccessOutcome> ChangedAsync(AccessWritten written, long record, IReadOnlyList<LiveSession> open, long begun)
    {
        await feed.PublishAsync(new(written.Now.Mailbox.TenantId, written.Now.Mailbox.Id), CancellationToken.None);
        // Counted by what became of them: the feed's listener may have been there first.
        var ended = open.Count(session => session.Ended.IsCompleted);
        return new SetMailAccessOutcome.Changed(written.Now, written.Before.Mailbox.Access, record, ended, time.GetElapsedTime(begun));
    }

    private async Task<SetMailAccessOutcome> ConflictAsync(MailboxAccess current, AccessChanges wanted, CancellationToken cancellationToken)
    {
        var changes = await history.OfAsync(current, cancellationToken);
        var ofTheseProtocols = changes.Values.Where(change => wanted[change.Protocol] is not null);
        return new SetMailAccessOutcome.Conflict(current, ofTheseProtocols.MaxBy(change => change.At));
    }
}
