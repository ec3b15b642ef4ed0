using System.ComponentModel.DataAnnotations;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Tenants;

/// <summary>A new organisation with its first domain, so that mailboxes can be imported right away.</summary>
[Authorize(Policies.Platform)]
internal sealed class NewModel(CreateTenant create, TenantVisits visits, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(200), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [BindProperty, Required, StringLength(63), Display(Name = "Slug")]
    public string Slug { get; set; } = "";

    [BindProperty, Required, StringLength(253), Display(Name = "Domain")]
    public string Domain { get; set; } = "";

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        switch (await create.HandleAsync(new(Slug, Name), cancellationToken, Domain))
        {
            case CreateTenantOutcome.Created(var tenant, _):
                // Whoever made it goes on in it: that much they have said.
                await visits.EnterAsync(new(tenant.Id, tenant.Slug, tenant.Name), texts["EnteredAsMade"], cancellationToken);
                return LocalRedirect($"/t/{tenant.Slug}");
            case CreateTenantOutcome.SlugTaken:
                return Refused(nameof(Slug), texts["SlugTaken"]);
            case CreateTenantOutcome.DomainTaken:
                return Refused(nameof(Domain), texts["DomainTaken"]);
            case CreateTenantOutcome.Invalid("slug", _):
                return Refused(nameof(Slug), texts["SlugWrong"]);
            case CreateTenantOutcome.Invalid("domain", _):
                return Refused(nameof(Domain), texts["DomainWrong"]);
            default:
                return Refused(nameof(Name), texts["NameHint"]);
        }
    }

    private PageResult Refused(string field, string why)
    {
        ModelState.AddModelError(field, why);
        return Page();
    }
}
