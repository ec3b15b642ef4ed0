using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>The tenant's plans, and what each says about mail programs, downloads and storage.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class PlansModel(PortalDbContext db, GetStorage storage, CurrentTenant tenant) : PageModel
{
    private const int Most = 500;

    public IReadOnlyList<Plan> Plans { get; private set; } = [];

    public long InstallationLimit => storage.InstallationLimit;

    public string PageOf(Guid plan) => $"/t/{Uri.EscapeDataString(tenant.Slug)}/settings/plans/{plan}";

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Plans = await db.Plans.AsNoTracking().OrderBy(p => p.Name).Take(Most).ToListAsync(cancellationToken);
}
