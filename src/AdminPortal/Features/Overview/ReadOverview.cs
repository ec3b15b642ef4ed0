using AdminPortal.Data;
using AdminPortal.Features.Shared;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Overview;

/// <summary>
/// What the first page says: what is on, what fails, what is at work. A tenant with a million mailboxes opens it as quickly as one with
/// ten: nothing here reads mailboxes, and whatever grows with time (checks, operations) is read from its newest end, so far and no further.
/// </summary>
internal sealed class ReadOverview(PortalDbContext db, TimeProvider time)
{
    /// <summary>A failing check that is older than so many others of the tenant is found on the connectivity page.</summary>
    public const int ChecksLookedAt = 1_000;

    private const int OperationsLookedAt = 100;
    private const int MostShown = 8;

    private const string Alarm = "worksThoughDenied";
    private const string Fails = "failsThoughAllowed";

    private static readonly TimeSpan FailedLately = TimeSpan.FromDays(1);

    /// <summary>What the tenant itself says, and every domain and plan that says otherwise.</summary>
    public async Task<IReadOnlyList<ProtocolOverview>> AccessAsync(CancellationToken cancellationToken)
    {
        var tenant = await db.Tenants.AsNoTracking().SingleAsync(cancellationToken);
        var domains = await db.Domains.AsNoTracking().OrderBy(d => d.Name).Select(d => new Layer(false, d.Name, d.Access)).Take(MostLayers).ToListAsync(cancellationToken);
        var plans = await db.Plans.AsNoTracking().OrderBy(p => p.Name).Select(p => new Layer(true, p.Name, p.Access)).Take(MostLayers).ToListAsync(cancellationToken);
        return [.. MailProtocols.All.Select(protocol => Of(protocol, tenant.Access[protocol] == AccessSetting.Enabled, [.. plans, .. domains]))];
    }

    /// <summary>The latest checks that call for somebody: first where a mailbox was let in although its protocol is off.</summary>
    public async Task<IReadOnlyList<FailingCheck>> FailingAsync(CancellationToken cancellationToken)
    {
        var recent = db.ConnectivityChecks.OrderByDescending(c => c.Id).Take(ChecksLookedAt);
        var latest = recent.Where(c => (c.Verdict == Alarm || c.Verdict == Fails)
            && !db.ConnectivityChecks.Any(later => later.MailboxId == c.MailboxId && later.Protocol == c.Protocol && later.Id > c.Id));
        var failing = await latest.OrderByDescending(c => c.Verdict == Alarm).ThenByDescending(c => c.Id).Take(MostShown)
            .Join(db.Mailboxes, c => c.MailboxId, m => m.Id, (c, m) => new FailingCheck(m.Id, m.Address, m.DisplayName, c.Protocol, c.Verdict, c.At))
            .ToListAsync(cancellationToken);
        // Where the switch has moved since, there is nothing left to call for somebody.
        return await KeptVerdict.StandingAsync(db, failing, check => (check.MailboxId, check.Protocol, check.Verdict), time.GetUtcNow(), cancellationToken);
    }

    /// <summary>What is at work or waits, and what failed within a day.</summary>
    public async Task<IReadOnlyList<Operation>> OperationsAsync(CancellationToken cancellationToken)
    {
        var since = time.GetUtcNow() - FailedLately;
        return await db.Operations.AsNoTracking().OrderByDescending(o => o.Id).Take(OperationsLookedAt)
            .Where(o => o.State == OperationState.Queued || o.State == OperationState.Running || (o.State == OperationState.Failed && o.FinishedAt > since))
            .OrderByDescending(o => o.Id).Take(MostShown).ToListAsync(cancellationToken);
    }

    /// <summary>Kept by the database as mailboxes come and go.</summary>
    public Task<long> MailboxesAsync(CancellationToken cancellationToken) =>
        db.Database.SqlQuery<long>($"SELECT coalesce(sum(mailboxes), 0)::bigint AS \"Value\" FROM tenant_counter").SingleAsync(cancellationToken);

    private const int MostLayers = 500;

    private static ProtocolOverview Of(MailProtocol protocol, bool on, IReadOnlyList<Layer> layers)
    {
        var other = on ? AccessSetting.Disabled : AccessSetting.Enabled;
        return new(protocol, on, [.. layers.Where(layer => layer.Access[protocol] == other)]);
    }
}

/// <summary>One protocol in the whole organisation.</summary>
/// <param name="Protocol">Which.</param>
/// <param name="On">What the organisation says where nothing nearer does.</param>
/// <param name="Otherwise">The plans and domains that say the opposite.</param>
internal sealed record ProtocolOverview(MailProtocol Protocol, bool On, IReadOnlyList<Layer> Otherwise);

/// <summary>A plan, or else a domain, and what it says.</summary>
internal sealed record Layer(bool IsPlan, string Name, AccessSettings Access);

internal sealed record FailingCheck(Guid MailboxId, string Address, string DisplayName, MailProtocol Protocol, string Verdict, DateTimeOffset At);
