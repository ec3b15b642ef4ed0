using System.ComponentModel.DataAnnotations;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Tenants;

/// <summary>The tenant's mail domains: which it has, which it claims, and how a claim is proved.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class DomainsModel(
    DomainActions actions, CurrentTenant tenant, CurrentUser user, IOptions<DomainOptions> options, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(253), Display(Name = "Domain")]
    public string Name { get; set; } = "";

    public IReadOnlyList<DomainShown> Domains { get; private set; } = [];

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public bool IsActiveAtOnce => user.IsPlatformAdmin;

    public DateTimeOffset ExpiryOf(DomainShown domain) => domain.ClaimedAt + options.Value.ClaimLasts;

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Domains = await actions.ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        if (ModelState.IsValid)
        {
            var (outcome, domain) = await actions.CreateAsync(new(Name), cancellationToken);
            if (outcome is ChangeOutcome.Done) return Say(texts[domain!.ActiveSince is null ? "DomainClaimed" : "DomainAdded", domain.Name], failed: false);
            ModelState.AddModelError(nameof(Name), outcome switch
            {
                ChangeOutcome.Invalid => texts["DomainWrong"],
                ChangeOutcome.Refused { Why: DomainActions.TooManyClaims } => texts["DomainTooMany"],
                _ => texts["DomainTaken"],
            });
        }
        Domains = await actions.ShowAsync(cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostCheckAsync(Guid domain, CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        var outcome = await actions.CheckAsync(domain.ToString(), cancellationToken);
        return outcome == ProofOutcome.NotFound ? NotFound() : Say(texts[$"Proof{outcome}"], failed: outcome != ProofOutcome.Proven);
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid domain, long version, CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        return await actions.DeleteAsync(domain.ToString(), Precondition.Of([ETags.Of(version).ToString()]), cancellationToken) switch
        {
            ChangeOutcome.Done => Say(texts["DomainRemoved"], failed: false),
            ChangeOutcome.NotFound => NotFound(),
            ChangeOutcome.Stale => Say(texts["DomainChangedMeanwhile"], failed: true),
            _ => Say(texts["DomainInUse"], failed: true),
        };
    }

    private RedirectToPageResult Say(string text, bool failed)
    {
        new StatusMessage(text, failed).KeepFor(TempData);
        return RedirectToPage();
    }
}
