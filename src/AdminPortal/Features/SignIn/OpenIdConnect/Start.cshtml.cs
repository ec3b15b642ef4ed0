using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// Leads to the organisation's issuer. By a link: it begins nothing but a journey, and the content policy would not let a form end at
/// another site.
/// </summary>
[AllowAnonymous]
internal sealed class StartModel(ProviderSignIn signIn) : PageModel
{
    public string Organisation { get; private set; } = "";

    public ProviderFailure Failure { get; private set; }

    public async Task<IActionResult> OnGetAsync(string organisation, Guid provider, string? returnUrl, bool trial)
    {
        Organisation = organisation;
        var (isFound, failure) = await signIn.LeadAsync(HttpContext, organisation, provider, trial, Url.IsLocalUrl(returnUrl) ? returnUrl : null);
        if (!isFound) return NotFound();
        if (failure is null) return new EmptyResult();
        Failure = failure.Value;
        return Page();
    }
}
