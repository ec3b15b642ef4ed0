using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>
/// The authenticator app and its recovery codes. Also where somebody is led whose organisation asks for a second factor: then with
/// <c>returnUrl</c>.
/// </summary>
[Authorize, RequireStepUp, OwnProofOnly]
internal sealed class TwoFactorModel(
    ChangeOwnFactors change, Authenticators authenticators, OwnFactors own, CurrentUser user, IStringLocalizer<Text> texts) : PageModel
{
    private bool raised;

    [BindProperty, StringLength(10), Display(Name = "Code")]
    public string? Code { get; set; }

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public string UserName => user.Name;

    public FactorsShown Has { get; private set; } = null!;

    /// <summary>To be typed into an app that cannot scan; while one is being set up.</summary>
    public string? Secret { get; private set; }

    public string? Picture { get; private set; }

    public IReadOnlyList<string>? NewCodes { get; private set; }

    public bool IsTwoFactor => raised || user.Session!.Method.IsTwoFactor();

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostBeginAsync(CancellationToken cancellationToken)
    {
        if (await authenticators.BeginAsync(user.UserId, cancellationToken) is { } secret) Draw(secret);
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostConfirmAsync(CancellationToken cancellationToken)
    {
        NewCodes = await change.ConfirmAuthenticatorAsync(Code ?? "", cancellationToken);
        raised = NewCodes is not null;
        if (raised) return await ShowAsync(cancellationToken);
        ModelState.AddModelError("", texts["CodeRefused"]);
        return await OnPostBeginAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostCodesAsync(CancellationToken cancellationToken)
    {
        NewCodes = await change.NewRecoveryCodesAsync(cancellationToken);
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostRemoveAsync(CancellationToken cancellationToken)
    {
        await change.RemoveAuthenticatorAsync(cancellationToken);
        new StatusMessage(texts["AppRemoved"]).KeepFor(TempData);
        return RedirectToPage();
    }

    private void Draw(byte[] secret)
    {
        (Secret, Picture) = (Totp.Base32(secret), QrPicture.Of(Totp.KeyUri(user.Name, secret)));
        // The same secret may be drawn several times, and its length must not tell it (see Hosting/Compression).
        if (HttpContext.Features.Get<IHttpsCompressionFeature>() is { } compression) compression.Mode = HttpsCompressionMode.DoNotCompress;
    }

    private async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!Url.IsLocalUrl(ReturnUrl)) ReturnUrl = null;
        Has = await own.ReadAsync(cancellationToken);
        return Page();
    }
}
