using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Preferences = AdminPortal.Data.ClientPreferences;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>What a plan advises its mailboxes that say nothing themselves.</summary>
internal sealed class PlanPreferences(PortalDbContext db, RecordedChange change, Actor actor)
{
    private const string Never = "The plan could not be changed.";

    public Task<Plan?> FindAsync(Guid plan, CancellationToken cancellationToken) => db.Plans.SingleOrDefaultAsync(p => p.Id == plan, cancellationToken);

    /// <param name="id">Which plan.</param>
    /// <param name="wanted">Makes the wanted preferences of the present ones.</param>
    /// <param name="ifMatch">What the caller believes to be there.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    /// <param name="quota">Makes the wanted quota of the present one; null leaves it.</param>
    public async Task<ChangeOutcome> ChangeAsync(
        Guid id, Func<Preferences, Preferences> wanted, Precondition ifMatch, CancellationToken cancellationToken, Func<long?, long?>? quota = null)
    {
        if (await FindAsync(id, cancellationToken) is not { } plan) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(plan.Version)) return new ChangeOutcome.Stale();

        var (before, held) = (plan.Preferences, plan.Quota);
        (plan.Preferences, plan.Quota) = (wanted(before), quota is null ? held : quota(held));
        if (plan.Preferences == before && plan.Quota == held) return new ChangeOutcome.Done();
        if (plan.Quota != held)
            db.AuditEvents.Add(actor.Did(plan.TenantId, AuditActions.PlanChanged, "plan", plan.Id, plan.Name, new { Quota = held }, new { plan.Quota }));
        if (plan.Preferences == before)
        {
            await db.SaveChangesAsync(cancellationToken);
            return new ChangeOutcome.Done();
        }
        var record = actor.Did(plan.TenantId, AuditActions.ClientPreferencesChanged, "plan", plan.Id, plan.Name, before, plan.Preferences);
        return await change.SaveAsync(record, moved: null, Never, cancellationToken);
    }
}
