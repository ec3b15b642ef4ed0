using System.ComponentModel.DataAnnotations;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn;

/// <summary>Asks who is there once more, before a dangerous change, and leads back to it.</summary>
[Authorize]
internal sealed class StepUpModel(PasswordProof passwords, Sessions sessions, CurrentUser user, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(256), Display(Name = "Password")]
    public string Password { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public string UserName => user.Name;

    public IActionResult OnGet() => user.Session is { HasFreshProof: true } ? Onwards() : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        var outcome = await passwords.VerifyAsync(user.Name, Password, cancellationToken);
        if (user.Session is { } session && outcome is PasswordOutcome.Right)
        {
            await sessions.ProveAsync(session, raisedTo: null, cancellationToken);
            return Onwards();
        }
        ModelState.AddModelError("", texts["StepUpRefused"]);
        if (outcome is PasswordOutcome.HeldOff(var wait)) ModelState.AddModelError("", texts["SignInHeldOff", this.HoldOff(wait)]);
        return Page();
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");
}
