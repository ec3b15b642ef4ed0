using AdminPortal.Features.Shared;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>Where every issuer sends people back to.</summary>
[AllowAnonymous]
internal sealed class CallbackModel(ProviderSignIn signIn, IStringLocalizer<Text> texts) : PageModel
{
    public string? Organisation { get; private set; }

    public ProviderFailure Failure { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        switch (await signIn.ReceiveAsync(HttpContext))
        {
            case ProviderAnswer.SignedIn(var returnUrl):
                return LocalRedirect(Url.IsLocalUrl(returnUrl) ? returnUrl : "/");
            case ProviderAnswer.Tried tried:
                new StatusMessage(texts[$"Trial{tried.Trial}", tried.CalledBy, tried.Address ?? texts["TrialNoAddress"].Value], Failed: tried.Trial != Trial.Works).KeepFor(TempData);
                return LocalRedirect($"/t/{tried.Slug}/settings/sign-in");
            case ProviderAnswer.Failed(var why, var slug):
                (Failure, Organisation) = (why, slug);
                return Page();
            default:
                throw new InvalidOperationException("There is no other answer.");
        }
    }
}
