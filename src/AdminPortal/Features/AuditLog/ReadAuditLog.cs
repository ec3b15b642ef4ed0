using System.Runtime.CompilerServices;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.AuditLog;

/// <summary>Which audit events are meant; absent members filter nothing.</summary>
/// <param name="Actor">A user's or token's name, exactly.</param>
/// <param name="Action">One of <see cref="AuditActions"/>, or the part before the dot for all of a thing: <c>mailAccess</c>.</param>
/// <param name="Target">What was changed: an address, a name, or an id.</param>
/// <param name="From">From this moment on.</param>
/// <param name="To">Before this moment.</param>
/// <param name="Operation">Within this operation.</param>
/// <param name="OnlyChanges">Leaves out who came and went, and who was refused.</param>
/// <param name="RemoteAddress">From this address.</param>
public sealed record AuditFilter(
    string? Actor = null, string? Action = null, string? Target = null, DateTimeOffset? From = null, DateTimeOffset? To = null, Guid? Operation = null,
    bool OnlyChanges = false, string? RemoteAddress = null);

/// <summary>Reads the audit trail, newest first.</summary>
public sealed class ReadAuditLog(PortalDbContext db)
{
    private static readonly string[] ComingAndGoing =
    [
        AuditActions.SignedIn, AuditActions.SignedOut, AuditActions.TenantEntered, AuditActions.SignInRefused, AuditActions.TokenRefused, AuditActions.AccessRefused,
    ];

    /// <param name="filter">Which events.</param>
    /// <param name="before">The last event already read.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IReadOnlyList<AuditEvent>> ListAsync(AuditFilter filter, long? before, int count, CancellationToken cancellationToken)
    {
        var events = db.AuditEvents.AsNoTracking();
        if (before is { } last) events = events.Where(e => e.Id < last);
        if (!string.IsNullOrWhiteSpace(filter.Actor)) events = events.Where(e => e.ActorName == filter.Actor.Trim());
        if (!string.IsNullOrWhiteSpace(filter.Action)) events = WithAction(events, filter.Action.Trim());
        if (!string.IsNullOrWhiteSpace(filter.Target)) events = await WithTargetAsync(events, filter.Target.Trim(), cancellationToken);
        if (filter.From is { } from) events = events.Where(e => e.At >= from);
        if (filter.To is { } to) events = events.Where(e => e.At < to);
        if (filter.Operation is { } operation) events = events.Where(e => e.OperationId == operation);
        if (!string.IsNullOrWhiteSpace(filter.RemoteAddress)) events = events.Where(e => e.RemoteAddress == filter.RemoteAddress.Trim());
        if (filter.OnlyChanges) events = events.Where(e => !ComingAndGoing.Contains(e.Action));
        return await events.OrderByDescending(e => e.Id).Take(count).ToListAsync(cancellationToken);
    }

    /// <summary>All events of a filter, newest first, read in pages.</summary>
    internal async IAsyncEnumerable<AuditEvent> AllAsync(AuditFilter filter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? before = null;
        while (await ListAsync(filter, before, pageSize, cancellationToken) is [.., var last] page)
        {
            foreach (var e in page) yield return e;
            before = last.Id;
        }
    }

    /// <summary>The last seal; null before the first.</summary>
    internal async Task<ChainHead?> HeadAsync(CancellationToken cancellationToken) =>
        await db.AuditSeals.AsNoTracking().OrderByDescending(s => s.Number).FirstOrDefaultAsync(cancellationToken) is { } seal
            ? new(seal.Number, Convert.ToHexStringLower(seal.Hash), seal.At)
            : null;

    private static IQueryable<AuditEvent> WithAction(IQueryable<AuditEvent> events, string action)
    {
        if (action.Contains('.')) return events.Where(e => e.Action == action);
        var thing = action + ".";
        return events.Where(e => e.Action.StartsWith(thing));
    }

    // By id there is an index. A mailbox that exists is found by its id even if it was called otherwise then; one that is gone by the
    // name that was recorded.
    private async Task<IQueryable<AuditEvent>> WithTargetAsync(IQueryable<AuditEvent> events, string target, CancellationToken cancellationToken)
    {
        if (Guid.TryParse(target, out var id)) return events.Where(e => e.TargetId == id);
        var address = MailAddressName.Normalise(target) ?? target;
        var mailbox = await db.Mailboxes.Where(m => m.Address == address).Select(m => (Guid?)m.Id).SingleOrDefaultAsync(cancellationToken);
        return mailbox is { } known ? events.Where(e => e.TargetId == known) : events.Where(e => e.Target == address || e.Target == target);
    }
}
