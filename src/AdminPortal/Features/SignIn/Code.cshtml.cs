using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn;

/// <summary>After the right password: the code of the authenticator app, or a recovery code.</summary>
[AllowAnonymous]
internal sealed class CodeModel(SecondStep secondStep, CodeProof codes, RecoveryCodes recoveryCodes, BeginSession begin, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(32), Display(Name = "Code")]
    public string Code { get; set; } = "";

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public async Task<IActionResult> OnGetAsync() => await secondStep.WhoAsync() is null ? Anew() : Page();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await secondStep.WhoAsync() is not { } person) return Anew();
        if (!ModelState.IsValid) return Page();
        switch (await codes.VerifyAsync(person, Code, cancellationToken))
        {
            case CodeOutcome.Right(var method):
                await begin.HandleAsync(person, method, vouchedBy: null, cancellationToken);
                await secondStep.DoneAsync();
                if (method == SignInMethod.PasswordAndRecoveryCode) await SayWhatIsLeftAsync(person.Id, cancellationToken);
                return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");
            case CodeOutcome.HeldOff(var wait):
                ModelState.AddModelError("", texts["CodeRefused"]);
                ModelState.AddModelError("", texts["SignInHeldOff", this.HoldOff(wait)]);
                return Page();
            default:
                ModelState.AddModelError("", texts["CodeRefused"]);
                return Page();
        }
    }

    private async Task SayWhatIsLeftAsync(Guid person, CancellationToken cancellationToken) =>
        new StatusMessage(texts.Count("CodesLeft", await recoveryCodes.LeftAsync(person, cancellationToken))).KeepFor(TempData);

    // Nobody's password was right here, or too long ago.
    private LocalRedirectResult Anew() => LocalRedirect("/sign-in");
}
