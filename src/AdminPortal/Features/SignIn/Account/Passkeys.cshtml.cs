using System.Buffers.Text;
using System.ComponentModel.DataAnnotations;
using System.Net.Mime;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.SignIn.Account;

/// <summary>One's own passkeys: what they are called, a new one, one less.</summary>
[Authorize, RequireStepUp, OwnProofOnly]
internal sealed class PasskeysModel(
    ChangeOwnFactors change, Passkeys passkeys, OwnFactors own, CurrentUser user, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, StringLength(60), Display(Name = "PasskeyName")]
    public string? Name { get; set; }

    [BindProperty(SupportsGet = true, Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public string UserName => user.Name;

    public FactorsShown Has { get; private set; } = null!;

    public bool IsTwoFactor => user.Session!.Method.IsTwoFactor();

    public string IdOf(UserPasskeyInfo passkey) => Base64Url.EncodeToString(passkey.CredentialId);

    public Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => ShowAsync(cancellationToken);

    public async Task<IActionResult> OnPostOptionsAsync() =>
        Content(await passkeys.CreationOptionsAsync(await own.PersonAsync()), MediaTypeNames.Application.Json);

    public async Task<IActionResult> OnPostAddAsync(string? credential, CancellationToken cancellationToken)
    {
        var name = string.IsNullOrWhiteSpace(Name) ? BrowserName.Of(texts, Request.Headers.UserAgent) : Name.Trim();
        if (ModelState.IsValid && credential is not null && await change.AddPasskeyAsync(credential, name, cancellationToken))
            return Answered("PasskeyAdded", name);
        ModelState.AddModelError("", texts["PasskeyRefused"]);
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostRenameAsync(string? id)
    {
        if (!ModelState.IsValid || string.IsNullOrWhiteSpace(Name)) return RedirectToPage();
        return IdIn(id) is { } passkey && await change.RenamePasskeyAsync(passkey, Name.Trim()) ? Answered("PasskeyRenamed", Name.Trim()) : NotFound();
    }

    public async Task<IActionResult> OnPostRemoveAsync(string? id, CancellationToken cancellationToken) =>
        IdIn(id) is { } passkey && await change.RemovePasskeyAsync(passkey, cancellationToken) ? Answered("PasskeyRemoved") : NotFound();

    private static byte[]? IdIn(string? text) => text is not null && Base64Url.IsValid(text) ? Base64Url.DecodeFromChars(text) : null;

    private RedirectToPageResult Answered(string what, params object[] arguments)
    {
        new StatusMessage(texts[what, arguments]).KeepFor(TempData);
        return RedirectToPage(new { returnUrl = Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : null });
    }

    private async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (!Url.IsLocalUrl(ReturnUrl)) ReturnUrl = null;
        Has = await own.ReadAsync(cancellationToken);
        return Page();
    }
}
