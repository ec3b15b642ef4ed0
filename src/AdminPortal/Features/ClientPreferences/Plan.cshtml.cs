using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>What one plan says to its mailboxes.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class PlanModel(PlanPreferences plans, GetStorage storage, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty]
    public PreferencesForm Form { get; set; } = new();

    public string Name { get; private set; } = "";

    public long Version { get; private set; }

    public FormShown Shown { get; private set; } = null!;

    public FactsShown Facts { get; private set; } = null!;

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    private string List => $"/t/{Uri.EscapeDataString(tenant.Slug)}/settings/plans";

    public async Task<IActionResult> OnGetAsync(Guid plan, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await ShowAsync(plan, asSaved: true, cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(Guid plan, long version, CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        if (!ModelState.IsValid) return await ShowAsync(plan, asSaved: false, cancellationToken);
        switch (await plans.ChangeAsync(plan, _ => Form.Preferences, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken, Form.Quota))
        {
            case ChangeOutcome.Done:
                new StatusMessage(texts["PlanSaved"]).KeepFor(TempData);
                return LocalRedirect(List);
            case ChangeOutcome.Stale:
                ModelState.AddModelError("", texts["ChangedMeanwhile"]);
                return await ShowAsync(plan, asSaved: false, cancellationToken);
            default:
                return NotFound();
        }
    }

    private async Task<IActionResult> ShowAsync(Guid plan, bool asSaved, CancellationToken cancellationToken)
    {
        if (await plans.FindAsync(plan, cancellationToken) is not { } found) return NotFound();
        if (asSaved) Form = PreferencesForm.Of(found.Preferences, found.Quota);
        (Name, Version) = (found.Name, found.Version);
        Shown = new(Form, ClientAdvice.For(Data.ClientPreferences.Unset, null), storage.InstallationLimit, List);
        Facts = new(ClientAdvice.For(found.Preferences, null), null, found.Quota ?? storage.InstallationLimit, null);
        return Page();
    }
}
