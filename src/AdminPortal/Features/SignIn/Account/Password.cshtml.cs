using System.ComponentModel.DataAnnotations;
using AdminPortal.Features.Shared;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Features.SignIn.Passwords;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>Changes one's own password, or sets the first one.</summary>
[Authorize, RequireStepUp, OwnProofOnly]
internal sealed class PasswordModel(
    ChangeOwnPassword change, OwnFactors own, CurrentUser user, IOptions<SignInOptions> options, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, StringLength(PasswordRules.MostCharacters), Display(Name = "Present")]
    public string? Present { get; set; }

    [BindProperty, Required, StringLength(PasswordRules.MostCharacters), Display(Name = "Wanted")]
    public string Wanted { get; set; } = "";

    [BindProperty, Required, Compare(nameof(Wanted), ErrorMessage = "AgainDiffers"), Display(Name = "Again")]
    public string Again { get; set; } = "";

    public string UserName => user.Name;

    public int Shortest => options.Value.PasswordLength;

    public bool HasPassword { get; private set; }

    public IReadOnlyList<OwnMailbox> Mailboxes => user.OwnMailboxes;

    public async Task OnGetAsync() => HasPassword = (await own.PersonAsync()).PasswordHash is not null;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await OnGetAsync();
        if (!ModelState.IsValid) return Page();
        switch (await change.HandleAsync(Present, Wanted, cancellationToken))
        {
            case ChangePasswordOutcome.WrongPresent:
                ModelState.AddModelError(nameof(Present), texts["PresentRefused"]);
                return Page();
            case ChangePasswordOutcome.HeldOff(var wait):
                ModelState.AddModelError(nameof(Present), texts["PresentHeldOff", this.HoldOff(wait)]);
                return Page();
            case ChangePasswordOutcome.Unfit(var reasons):
                foreach (var reason in reasons) ModelState.AddModelError(nameof(Wanted), reason);
                return Page();
            default:
                new StatusMessage(texts["PasswordChanged"]).KeepFor(TempData);
                return RedirectToPage();
        }
    }
}
