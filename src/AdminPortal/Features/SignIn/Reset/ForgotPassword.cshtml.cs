using System.ComponentModel.DataAnnotations;
using AdminPortal.Hosting.OutgoingMail;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>Asks for a name, and answers the same whoever's it is.</summary>
[AllowAnonymous]
internal sealed class ForgotPasswordModel(AskForReset ask, IMailRoutes mail) : PageModel
{
    [BindProperty, Required, StringLength(254), Display(Name = "Name")]
    public string Name { get; set; } = "";

    public bool SendsMail => mail.IsOpen;

    public bool IsAsked { get; private set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || !SendsMail) return Page();
        await ask.HandleAsync(Name, cancellationToken);
        IsAsked = true;
        return Page();
    }
}
