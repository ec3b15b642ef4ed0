using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Connectivity;

/// <summary>Kept checks, newest first. Ids are time-ordered, so the primary key is the order and the cursor.</summary>
internal sealed class ListConnectivityChecks(PortalDbContext db, TimeProvider time)
{
    private const int MostAlarms = 50;

    /// <summary>A page of the tenant's checks, or of one mailbox's.</summary>
    public async Task<PageOf<KeptCheck>> HandleAsync(Guid? mailboxId, ListQuery query, CancellationToken cancellationToken)
    {
        var checks = mailboxId is { } one ? db.ConnectivityChecks.Where(c => c.MailboxId == one) : db.ConnectivityChecks;
        if (query.Cursor?.Read<Guid>() is { } after) checks = checks.Where(c => c.Id < after);
        var rows = await WithAddress(checks.OrderByDescending(c => c.Id).Take(query.Size + 1)).ToListAsync(cancellationToken);
        return PageOf<KeptCheck>.Cut(rows, query.Size, check => check, check => check.Row.Id);
    }

    public Task<KeptCheck?> FindAsync(Guid id, CancellationToken cancellationToken) =>
        WithAddress(db.ConnectivityChecks.Where(c => c.Id == id)).SingleOrDefaultAsync(cancellationToken);

    /// <summary>Where a mailbox was let in although its protocol is off, no later check says otherwise, and the protocol is off still.</summary>
    public async Task<IReadOnlyList<KeptCheck>> AlarmsAsync(CancellationToken cancellationToken)
    {
        var alarm = CheckWords.Of(Verdict.WorksThoughDenied);
        var standing = db.ConnectivityChecks.Where(c => c.Verdict == alarm
            && !db.ConnectivityChecks.Any(later => later.MailboxId == c.MailboxId && later.Protocol == c.Protocol && later.At > c.At));
        return await StandingAsync(await WithAddress(standing.OrderByDescending(c => c.Id).Take(MostAlarms)).ToListAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Those of the checks whose switch has not moved since.</summary>
    public Task<IReadOnlyList<KeptCheck>> StandingAsync(IReadOnlyCollection<KeptCheck> checks, CancellationToken cancellationToken) =>
        KeptVerdict.StandingAsync(db, checks, check => (check.Row.MailboxId, check.Row.Protocol, check.Row.Verdict), time.GetUtcNow(), cancellationToken);

    /// <summary>The latest check of each protocol of one mailbox.</summary>
    public async Task<IReadOnlyDictionary<MailProtocol, KeptCheck>> LatestOfAsync(Guid mailboxId, CancellationToken cancellationToken)
    {
        var own = db.ConnectivityChecks.Where(c => c.MailboxId == mailboxId);
        var latest = own.Where(c => !own.Any(later => later.Protocol == c.Protocol && later.At > c.At));
        return (await WithAddress(latest).ToListAsync(cancellationToken)).ToDictionary(check => check.Row.Protocol);
    }

    public Task<Guid?> MailboxIdAsync(string mailbox, CancellationToken cancellationToken) =>
        db.Mailboxes.Named(mailbox).Select(m => (Guid?)m.Id).SingleOrDefaultAsync(cancellationToken);

    private IQueryable<KeptCheck> WithAddress(IQueryable<ConnectivityCheck> checks) =>
        from c in checks.AsNoTracking()
        join m in db.Mailboxes on c.MailboxId equals m.Id
        orderby c.Id descending
        select new KeptCheck(c, m.Address);
}
