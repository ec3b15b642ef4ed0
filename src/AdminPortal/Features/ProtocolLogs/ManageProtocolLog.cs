using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.ProtocolLogs;

/// <summary>What is taken down of one mailbox's conversations.</summary>
/// <param name="On">Whether it goes on.</param>
/// <param name="StartedAt">When somebody asked for it; null: there is none.</param>
/// <param name="EndsAt">When it ends by itself, or ended.</param>
/// <param name="StartedBy">Who asked for it.</param>
/// <param name="Reason">Why.</param>
/// <param name="IsFull">It has reached its size: what came later is not in it.</param>
internal sealed record ProtocolLogAnswer(bool On, DateTimeOffset? StartedAt, DateTimeOffset? EndsAt, string? StartedBy, string? Reason, bool IsFull);

/// <param name="At">When it was said.</param>
/// <param name="Session">Which of the sessions that went on side by side.</param>
/// <param name="Protocol">By which protocol.</param>
/// <param name="Side">Who said it.</param>
/// <param name="Text">What, without sign-ins and messages.</param>
internal sealed record ProtocolLogLineAnswer(DateTimeOffset At, Guid Session, MailProtocol Protocol, LogSide Side, string Text);

/// <param name="Hours">How long, 1 to 24.</param>
/// <param name="Reason">Why, for the audit trail.</param>
internal sealed record StartProtocolLogRequest(int Hours, string Reason);

/// <summary>Switches the protocol log of one mailbox on and off, and reads it. An administrator's alone: it tells who writes to whom.</summary>
internal sealed class ManageProtocolLog(PortalDbContext db, RecordedChange change, Actor actor, IOptions<LimitsOptions> limits, TimeProvider time)
{
    public const int MostHours = 24;
    public const int LongestReason = 500;

    public Task<Mailbox?> FindMailboxAsync(string mailbox, CancellationToken cancellationToken) =>
        db.Mailboxes.AsNoTracking().Named(mailbox).SingleOrDefaultAsync(cancellationToken);

    public async Task<(ProtocolLogAnswer Answer, long Version)> ReadAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        await db.ProtocolLogs.AsNoTracking().SingleOrDefaultAsync(l => l.MailboxId == mailbox.Id, cancellationToken) is { } log
            ? (new(log.EndsAt > time.GetUtcNow(), log.StartedAt, log.EndsAt, log.StartedBy, log.Reason, log.Octets >= limits.Value.Mailboxes.ProtocolLogOctets), log.Version)
            : (new(false, null, null, null, null, false), 0);

    /// <summary>One more than asked for, so that it shows whether there are more; in the order in which it was said.</summary>
    public async Task<IReadOnlyList<ProtocolLogLine>> LinesAsync(Mailbox mailbox, Cursor? cursor, int size, CancellationToken cancellationToken)
    {
        var lines = db.ProtocolLogLines.AsNoTracking().Where(l => l.MailboxId == mailbox.Id);
        if (cursor?.Read<long>() is { } after) lines = lines.Where(l => l.Id > after);
        return await lines.OrderBy(l => l.Id).Take(size + 1).ToListAsync(cancellationToken);
    }

    /// <summary>Begins anew: what was taken down before goes.</summary>
    public async Task<ChangeOutcome> StartAsync(Mailbox mailbox, StartProtocolLogRequest wanted, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (wanted.Hours is < 1 or > MostHours) return new ChangeOutcome.Invalid("hours", $"Choose 1 to {MostHours} hours.");
        if (wanted.Reason.Trim().Length is 0 or > LongestReason) return new ChangeOutcome.Invalid("reason", $"Say why, in 1 to {LongestReason} characters.");
        var log = await FindAsync(mailbox, cancellationToken);
        if (!ifMatch.Matches(log?.Version ?? 0)) return new ChangeOutcome.Stale();

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.ProtocolLogLines.Where(l => l.MailboxId == mailbox.Id).ExecuteDeleteAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (log is null) db.Add(log = new ProtocolLog { TenantId = mailbox.TenantId, MailboxId = mailbox.Id, StartedBy = "", Reason = "" });
        log.Begin(now, now.AddHours(wanted.Hours), actor.Name, wanted.Reason.Trim());
        var record = actor.Did(
            mailbox.TenantId, AuditActions.ProtocolLogStarted, "mailbox", mailbox.Id, mailbox.Address, after: new { until = log.EndsAt }, reason: log.Reason);
        var outcome = await change.SaveAsync(record, moved: null, "Somebody else switched it on at the same moment.", cancellationToken);
        if (outcome is ChangeOutcome.Done) await transaction.CommitAsync(cancellationToken);
        return outcome;
    }

    /// <summary>Ends it, and removes what was taken down.</summary>
    public async Task<ChangeOutcome> RemoveAsync(Mailbox mailbox, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(mailbox, cancellationToken) is not { } log) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(log.Version)) return new ChangeOutcome.Stale();
        db.Remove(log);
        var record = actor.Did(
            mailbox.TenantId, AuditActions.ProtocolLogRemoved, "mailbox", mailbox.Id, mailbox.Address, before: new { until = log.EndsAt });
        return await change.SaveAsync(record, moved: null, "", cancellationToken);
    }

    private Task<ProtocolLog?> FindAsync(Mailbox mailbox, CancellationToken cancellationToken) =>
        db.ProtocolLogs.SingleOrDefaultAsync(l => l.MailboxId == mailbox.Id, cancellationToken);
}
