using System.ComponentModel.DataAnnotations;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn;

/// <summary>Name and password, then back to where the person wanted to go, which is always a page of this portal.</summary>
[AllowAnonymous]
internal sealed class SignInModel(SignInByPassword signIn, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(254), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [BindProperty, Required, StringLength(256), Display(Name = "Password")]
    public string Password { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public IActionResult OnGet() => User.Identity is { IsAuthenticated: true } ? Onwards() : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        var outcome = await signIn.SignInAsync(Name, Password, cancellationToken);
        if (outcome is PasswordOutcome.Right) return Onwards();
        ModelState.AddModelError("", texts["SignInRefused"]);
        // The same sentence as for a wrong password, and how long to wait: it says nothing about the name.
        if (outcome is PasswordOutcome.HeldOff(var wait)) ModelState.AddModelError("", texts["SignInHeldOff", this.HoldOff(wait)]);
        return Page();
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");
}
