using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;

namespace AdminPortal.Features.Tenants;

/// <summary>What of a tenant may be changed. Its switches say <c>enabled</c> or <c>disabled</c>: there is nothing above to inherit from.</summary>
internal sealed record TenantPatch(string? Name = null, IReadOnlyList<string>? Languages = null, LayerPatch? Access = null);

/// <summary>Changes a tenant's name, languages and the switches that every mailbox inherits last.</summary>
internal sealed class ChangeTenant(GetTenants tenants, RecordedChange change, Actor actor, TimeProvider time)
{
    public async Task<ChangeOutcome> HandleAsync(MergePatch<TenantPatch> patch, Precondition ifMatch, CancellationToken cancellationToken)
    {
        if (await tenants.FindAsync(cancellationToken) is not { } tenant) return new ChangeOutcome.NotFound();
        if (!ifMatch.Matches(tenant.Version)) return new ChangeOutcome.Stale();

        var wanted = Apply(patch, tenant);
        if (Wrong(patch, wanted) is { } wrong) return wrong;
        var before = Shape.Of(tenant);
        if (wanted.IsSameAs(before)) return new ChangeOutcome.Done();

        (tenant.Name, tenant.Languages, tenant.Access, tenant.UpdatedAt) = (wanted.Name, [.. wanted.Languages], wanted.Access, time.GetUtcNow());
        var record = actor.Did(tenant.Id, AuditActions.TenantChanged, "tenant", tenant.Id, tenant.Name, before, wanted);
        return await change.SaveAsync(record, before.Access != wanted.Access ? new AccessChange(tenant.Id, null) : null, "", cancellationToken);
    }

    private static Shape Apply(MergePatch<TenantPatch> patch, Tenant tenant) => new(
        patch.Has(p => p.Name, out var name) ? name?.Trim() ?? "" : tenant.Name,
        patch.Has(p => p.Languages, out var languages) ? languages ?? [] : tenant.Languages,
        patch.At(p => p.Access).ApplyTo(tenant.Access));

    private static ChangeOutcome.Invalid? Wrong(MergePatch<TenantPatch> patch, Shape wanted)
    {
        if (wanted.Name.Length is 0 or > 200) return new("name", "Give 1 to 200 characters.");
        if (CreateTenant.WrongLanguages(wanted.Languages) is { } message) return new("languages", message);
        var takesAccessBack = patch.Has(p => p.Access, out var access) && access is null;
        return takesAccessBack || wanted.Access.SaysInherit()
            ? new("access", "A tenant says enabled or disabled: there is nothing above it to inherit from.")
            : null;
    }

    private sealed record Shape(string Name, IReadOnlyList<string> Languages, AccessSettings Access)
    {
        public static Shape Of(Tenant tenant) => new(tenant.Name, [.. tenant.Languages], tenant.Access);

        public bool IsSameAs(Shape other) => Name == other.Name && Access == other.Access && Languages.SequenceEqual(other.Languages);
    }
}
