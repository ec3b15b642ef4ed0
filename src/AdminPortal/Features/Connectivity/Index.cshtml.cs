using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Connectivity;

/// <summary>The tenant's latest checks, alarms first.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(ListConnectivityChecks list, CurrentTenant tenant) : PageModel
{
    public string Tenant => tenant.Slug;

    public IReadOnlyList<KeptCheck> Alarms { get; private set; } = [];

    public PageOf<KeptCheck> Checks { get; private set; } = new([], null);

    public async Task OnGetAsync(string? cursor, CancellationToken cancellationToken)
    {
        // A cursor that is none, from an old bookmark, begins at the beginning.
        var place = Cursor.TryParse(cursor, null, out var read) ? read : null;
        if (place is null) Alarms = await list.AlarmsAsync(cancellationToken);
        Checks = await list.HandleAsync(null, new(null, place), cancellationToken);
    }
}
