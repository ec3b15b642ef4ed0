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

/// <summary>Asks who is there once more, before a dangerous change, and leads back to it. Any one proof that the person has will do.</summary>
[Authorize]
internal sealed class StepUpModel(
    PasswordProof passwords, CodeProof codes, Passkeys passkeys, OwnFactors factors, Sessions sessions, CurrentUser user, IStringLocalizer<Text> texts)
    : PageModel
{
    [BindProperty, StringLength(256), Display(Name = "Password")]
    public string? Password { get; set; }

    [BindProperty, StringLength(32), Display(Name = "Code")]
    public string? Code { get; set; }

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public string UserName => user.Name;

    public FactorsShown Has { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => user switch
    {
        { Session.HasFreshProof: true } => Onwards(),
        // Whom a tenant's provider vouches for proves it there again.
        { Session.VouchedBy: not null, Memberships: [var vouching] } => LocalRedirect(TenantRoutes.SignInPage(vouching.Tenant.Slug, Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/")),
        _ => await AskAsync(cancellationToken),
    };

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken) =>
        Password is null ? await RefusedAsync("StepUpRefused", null, cancellationToken) : await passwords.VerifyAsync(user.Name, Password, cancellationToken) switch
        {
            PasswordOutcome.Right => await ProvedAsync(null, cancellationToken),
            PasswordOutcome.HeldOff(var wait) => await RefusedAsync("StepUpRefused", wait, cancellationToken),
            _ => await RefusedAsync("StepUpRefused", null, cancellationToken),
        };

    public async Task<IActionResult> OnPostCodeAsync(CancellationToken cancellationToken) =>
        await codes.VerifyAsync(await factors.PersonAsync(), Code ?? "", cancellationToken) switch
        {
            CodeOutcome.Right(var method) => await ProvedAsync(method, cancellationToken),
            CodeOutcome.HeldOff(var wait) => await RefusedAsync("CodeRefused", wait, cancellationToken),
            _ => await RefusedAsync("CodeRefused", null, cancellationToken),
        };

    public async Task<IActionResult> OnPostPasskeyOptionsAsync() =>
        Content(await passkeys.RequestOptionsAsync(await factors.PersonAsync()), MediaTypeNames.Application.Json);

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken) =>
        credential is not null && (await passkeys.VerifyAsync(credential, cancellationToken))?.Id == user.UserId
            ? await ProvedAsync(SignInMethod.Passkey, cancellationToken)
            : await RefusedAsync("PasskeyRefused", null, cancellationToken);

    private async Task<IActionResult> ProvedAsync(SignInMethod? by, CancellationToken cancellationToken)
    {
        var session = user.Session!;
        // A second factor on top of the password makes the session one of two; what began by an issuer's word stays that.
        await sessions.ProveAsync(session, session.Method == SignInMethod.Password ? by : null, cancellationToken);
        return Onwards();
    }

    private Task<IActionResult> RefusedAsync(string why, TimeSpan? wait, CancellationToken cancellationToken)
    {
        ModelState.AddModelError("", texts[why]);
        if (wait is { } later) ModelState.AddModelError("", texts["SignInHeldOff", this.HoldOff(later)]);
        return AskAsync(cancellationToken);
    }

    private async Task<IActionResult> AskAsync(CancellationToken cancellationToken)
    {
        Has = await factors.ReadAsync(cancellationToken);
        return Page();
    }

    private LocalRedirectResult Onwards() => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "/");
}
