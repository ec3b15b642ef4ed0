using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>A named set of defaults that mailboxes share.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Access">Its switches.</param>
/// <param name="Preferences">What it advises; changed at <c>client-preferences</c>.</param>
/// <param name="Quota">Octets that each of its mailboxes may hold; null follows the installation.</param>
internal sealed record PlanAnswer(Guid Id, string Name, AccessSettings Access, Data.ClientPreferences Preferences, long? Quota)
{
    public static PlanAnswer Of(Plan plan) => new(plan.Id, plan.Name, plan.Access, plan.Preferences, plan.Quota);
}

internal sealed record CreatePlanRequest(string Name, LayerPatch? Access = null);

/// <summary>What of a plan may be changed.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Access">Its switches.</param>
/// <param name="Quota">Octets that each of its mailboxes may hold; null follows the installation.</param>
internal sealed record PlanPatch(string? Name = null, LayerPatch? Access = null, long? Quota = null);

/// <summary>A tenant's plans.</summary>
internal sealed class PlanActions(PortalDbContext db, CurrentTenant tenant, RecordedChange change, Actor actor)
{
    private const string NameTaken = "There is a plan with this name already.";

    private sealed record Position(string Name, Guid Id);

    public async Task<PageOf<PlanAnswer>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var plans = db.Plans.AsNoTracking();
        if (query.Cursor?.Read<Position>() is { } after)
            plans = plans.Where(p => EF.Functions.GreaterThan(ValueTuple.Create(p.Name, p.Id), ValueTuple.Create(after.Name, after.Id)));
        var found = await plans.OrderBy(p => p.Name).ThenBy(p => p.Id).Take(query.Size + 1).ToListAsync(cancellationToken);
        return PageOf<PlanAnswer>.Cut(found, query.Size, PlanAnswer.Of, p => new Position(p.Name, p.Id));
    }

    public Task<Plan?> FindAsync(Guid id, CancellationToken cancellationToken) => db.Plans.SingleOrDefaultAsync(p => p.Id == id, cancellationToken);

    public async Task<(ChangeOutcome Outcome, Plan? Plan)> CreateAsync(CreatePlanRequest request, CancellationToken cancellationToken)
    {
        if (WrongName(request.Name) is { } wrong) return (wrong, null);
        var access = request.Access ?? new();
        var plan = new Plan
        {
            TenantId = tenant.Id,
            Id = Guid.CreateVersion7(),
            Name = request.Name.Trim(),
            Access = new(access.Pop3 ?? AccessSetting.Inherit, access.Imap ?? AccessSetting.Inherit, access.Smtp ?? AccessSetting.Inherit),
        };
        db.Add(plan);
        var record = actor.Did(tenant.Id, AuditActions.PlanCreated, "plan", plan.Id, plan.Name, after: new { plan.Name, plan.Access });
        return (await change.SaveAsync(record, moved: null, NameTaken, cancellationToken), plan);
    }

    public async Task<ChangeOutcome> ChangeAsync(Guid id, MergePatch<PlanPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } plan) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(plan.Version)) return new ChangeOutcome.Stale();

        var before = (plan.Name, plan.Access, plan.Quota);
        var wanted = (
            Name: patch.Has(p => p.Name, out var name) ? name?.Trim() ?? "" : plan.Name, Access: Wanted(patch, plan.Access),
            Quota: patch.Has(p => p.Quota, out var quota) ? quota : plan.Quota);
        if (WrongName(wanted.Name) is { } wrong) return wrong;
        if (wanted.Quota < 0) return new ChangeOutcome.Invalid("quota", "Give 0 octets or more, or null to follow the installation.");
        if (before == wanted) return new ChangeOutcome.Done();

        (plan.Name, plan.Access, plan.Quota) = wanted;
        var record = actor.Did(
            tenant.Id, AuditActions.PlanChanged, "plan", plan.Id, plan.Name, new { before.Name, before.Access, before.Quota },
            new { wanted.Name, wanted.Access, wanted.Quota });
        return await change.SaveAsync(record, before.Access != wanted.Access ? new AccessChange(tenant.Id, null) : null, NameTaken, cancellationToken);
    }

    public async Task<ChangeOutcome> DeleteAsync(Guid id, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } plan) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(plan.Version)) return new ChangeOutcome.Stale();
        db.Remove(plan);
        var record = actor.Did(tenant.Id, AuditActions.PlanDeleted, "plan", plan.Id, plan.Name, before: new { plan.Name, plan.Access });
        return await change.SaveAsync(record, moved: null, "Mailboxes have this plan: give them another one first.", cancellationToken);
    }

    private static AccessSettings Wanted(MergePatch<PlanPatch> patch, AccessSettings now) =>
        patch.Has(p => p.Access, out var access) && access is null ? AccessSettings.Inherited : patch.At(p => p.Access).ApplyTo(now);

    private static ChangeOutcome.Invalid? WrongName(string name) =>
        name.Trim().Length is 0 or > 100 ? new("name", "Give 1 to 100 characters.") : null;
}
