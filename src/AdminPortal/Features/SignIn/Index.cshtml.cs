using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.SignIn;

/// <summary>Leads to the one place there is for this person; who has several chooses.</summary>
[Authorize]
internal sealed class IndexModel(CurrentUser user, CrossTenant crossTenant) : PageModel
{
    public IReadOnlyList<TenantName> Tenants { get; private set; } = [];

    // Where only a second factor is missing, the way there leads past setting it up.
    public bool OwnsMailbox => user.OwnMailboxes.Count > 0 || user.WantingFactor.Any(m => m.MailboxId is not null);

    /// <summary>Where the person belongs, but has to sign in with the organisation's own provider first.</summary>
    public IReadOnlyList<Membership> Closed => user.IsPlatformAdmin ? [] : [.. user.ClosedMemberships.Except(user.WantingFactor)];

    public bool HasChoice => Tenants.Count > 0 || OwnsMailbox || Closed.Count > 0;

    public static string HrefOf(Membership closed) =>
        closed.Role == PortalRole.MailboxOwner ? TenantRoutes.SignInPage(closed.Tenant.Slug, "/my") : $"/t/{closed.Tenant.Slug}";

    public bool AdministersPlatform => user.IsPlatformAdmin;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        Tenants = user.IsPlatformAdmin
            ? await crossTenant.ListTenantsAsync(cancellationToken)
            : [.. user.Memberships.Concat(user.WantingFactor).Where(m => m.Role != PortalRole.MailboxOwner).Select(m => m.Tenant)];
        if (Tenants.Count == 0 && !OwnsMailbox && Closed is [var closed]) return LocalRedirect(HrefOf(closed));
        return (Tenants, OwnsMailbox, user.IsPlatformAdmin || Closed.Count > 0) switch
        {
            ([var only], _, false) => LocalRedirect($"/t/{only.Slug}"),
            ([], true, false) => LocalRedirect("/my"),
            _ => Page(),
        };
    }
}
