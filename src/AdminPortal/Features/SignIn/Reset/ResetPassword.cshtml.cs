using System.ComponentModel.DataAnnotations;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>Where the link of a reset leads: one field, and then to the sign-in page, where a second factor is asked for as ever.</summary>
[AllowAnonymous]
internal sealed class ResetPasswordModel(ResetPassword reset, SignInManager<Data.PortalUser> sessions, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(256), Display(Name = "Password")]
    public string Password { get; set; } = "";

    /// <summary>Null: the link leads nowhere.</summary>
    public OpenReset? Open { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? secret, CancellationToken cancellationToken)
    {
        if (secret is null) return await ShowAsync(cancellationToken);
        OneTimeLink.Keep(HttpContext, SendResetLink.Door, secret);
        return Redirect($"/{SendResetLink.Door}");
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return await ShowAsync(cancellationToken);
        switch (await reset.SetAsync(OneTimeLink.Find(HttpContext, SendResetLink.Door), Password, cancellationToken))
        {
            case ResetOutcome.Done:
                OneTimeLink.Forget(HttpContext, SendResetLink.Door);
                // Whoever was signed in here is out like everywhere else.
                await sessions.SignOutAsync();
                new StatusMessage(texts["ResetDone"]).KeepFor(TempData);
                return LocalRedirect("/sign-in");
            case ResetOutcome.Refused(var faults):
                foreach (var fault in faults) ModelState.AddModelError(nameof(Password), fault.Description);
                break;
        }
        return await ShowAsync(cancellationToken);
    }

    private async Task<PageResult> ShowAsync(CancellationToken cancellationToken)
    {
        Open = await reset.FindAsync(OneTimeLink.Find(HttpContext, SendResetLink.Door), cancellationToken);
        if (Open is null) Response.StatusCode = StatusCodes.Status404NotFound;
        return Page();
    }
}
