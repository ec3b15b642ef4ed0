using System.ComponentModel.DataAnnotations;
using AdminPortal.Features.SignIn.Factors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn;

/// <summary>After the right password: the code of the authenticator app, or a recovery code.</summary>
[AllowAnonymous]
internal sealed class CodeModel(SecondStep secondStep, CodeProof codes, BeginSession begin, IStringLocalizer<Text> texts) : PageModel
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
        if (await codes.VerifyAsync(person, Code, cancellationToken) is { } method)
        {
            await begin.HandleAsync(person, method, vouchedBy: null, cancellationToken);
            await secondStep.DoneAsync();
            return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");
        }
        ModelState.AddModelError("", texts["CodeRefused"]);
        return Page();
    }

    // Nobody's password was right here, or too long ago.
    private LocalRedirectResult Anew() => LocalRedirect("/sign-in");
}
