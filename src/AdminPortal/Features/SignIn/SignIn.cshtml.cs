using System.ComponentModel.DataAnnotations;
using System.Net.Mime;
using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn;

/// <summary>Name and password, or a passkey; then back to where the person wanted to go, which is always a page of this portal.</summary>
[AllowAnonymous]
internal sealed class SignInModel(SignInByPassword byPassword, Passkeys passkeys, BeginSession begin, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(254), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [BindProperty, Required, StringLength(256), Display(Name = "Password")]
    public string Password { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    /// <summary>Whose providers are offered: by the organisation's short name, or by somebody's address in one of its domains.</summary>
    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty(SupportsGet = true, Name = "address")]
    public string? Address { get; set; }

    // Who asks for an organisation by name has a session that does not open it.
    public IActionResult OnGet() => User.Identity is { IsAuthenticated: true } && Tenant is null ? Onwards() : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        return await byPassword.SignInAsync(Name, Password, cancellationToken) switch
        {
            PasswordOutcome.Right => Onwards(),
            PasswordOutcome.AsksForCode => RedirectToPage("/SignIn/Code", new { returnUrl = Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : null }),
            // The same sentence as for a wrong password, and how long to wait: it says nothing about the name.
            PasswordOutcome.HeldOff(var wait) => Refused("SignInRefused", texts["SignInHeldOff", this.HoldOff(wait)]),
            _ => Refused("SignInRefused"),
        };
    }

    /// <summary>Asked by js/passkeys.js: any passkey of this portal will do, so nothing is told about anybody.</summary>
    public async Task<IActionResult> OnPostPasskeyOptionsAsync() => Content(await passkeys.RequestOptionsAsync(person: null), MediaTypeNames.Application.Json);

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (credential is null || await passkeys.VerifyAsync(credential, cancellationToken) is not { } person) return Refused("PasskeyRefused");
        await begin.HandleAsync(person, SignInMethod.Passkey, vouchedBy: null, cancellationToken);
        return Onwards();
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");

    private PageResult Refused(string why, string? more = null)
    {
        ModelState.AddModelError("", texts[why]);
        if (more is not null) ModelState.AddModelError("", more);
        return Page();
    }
}
