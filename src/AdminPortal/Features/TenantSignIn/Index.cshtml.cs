using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>What the tenant asks of its people when they sign in.</summary>
[Authorize(Policy = Policies.ManageTenant)]
internal sealed class IndexModel(ChangeSignInPolicy change, IStringLocalizer<Text> texts) : PageModel
{
    public SignInPolicy Policy { get; private set; } = SignInPolicy.Default;

    public long Version { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var tenant = await change.ReadAsync(cancellationToken);
        (Policy, Version) = (tenant.SignIn, tenant.Version);
    }

    public async Task<IActionResult> OnPostPolicyAsync(long version, bool secondFactor, CancellationToken cancellationToken)
    {
        var outcome = await change.HandleAsync(
            now => now with { RequireSecondFactor = secondFactor }, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken);
        var message = outcome is ChangeOutcome.Stale ? new StatusMessage(texts["ChangedMeanwhile"], Failed: true) : new StatusMessage(texts["PolicySaved"]);
        message.KeepFor(TempData);
        return RedirectToPage();
    }
}
