using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Members;

/// <summary>
/// Where an invitation's link leads. Whoever is new chooses name, language and password; whoever has an account signs in with it first. A
/// link that was used, is too old, was withdrawn or never was gets one and the same answer.
/// </summary>
[AllowAnonymous]
internal sealed class InvitationModel(AcceptInvitation accept, CurrentUser caller, IStringLocalizer<Text> texts) : PageModel
{
    private const string Door = "invitation";

    [BindProperty, Required, StringLength(100), Display(Name = "DisplayName")]
    public string DisplayName { get; set; } = "";

    [BindProperty, Required, Display(Name = "Language")]
    public string Language { get; set; } = "";

    [BindProperty, Required, StringLength(256), Display(Name = "Password")]
    public string Password { get; set; } = "";

    /// <summary>Null: the link leads nowhere.</summary>
    public OpenInvitation? Open { get; private set; }

    public bool IsSignedIn => caller.IsAuthenticated;

    public string SignedInAs => caller.Name;

    public bool IsTheirs => Open?.Account is { } account && caller.IsAuthenticated && caller.UserId == account.Id;

    public async Task<IActionResult> OnGetAsync(string? secret, CancellationToken cancellationToken)
    {
        if (secret is not null)
        {
            OneTimeLink.Keep(HttpContext, Door, secret);
            return Redirect($"/{Door}");
        }
        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (Hosting.Language.All.All(l => l.Code != Language)) ModelState.AddModelError(nameof(Language), texts["LanguageWanted"]);
        if (!ModelState.IsValid) return await ShowAsync(cancellationToken);
        return await AnswerAsync(
            await accept.WithNewAccountAsync(OneTimeLink.Find(HttpContext, Door), DisplayName.Trim(), Language, Password, cancellationToken), cancellationToken);
    }

    public async Task<IActionResult> OnPostJoinAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await accept.AsSignedInAsync(OneTimeLink.Find(HttpContext, Door), cancellationToken), cancellationToken);

    private async Task<IActionResult> AnswerAsync(AcceptOutcome outcome, CancellationToken cancellationToken)
    {
        switch (outcome)
        {
            case AcceptOutcome.Joined(var tenant, var role):
                OneTimeLink.Forget(HttpContext, Door);
                new StatusMessage(texts[caller.IsAuthenticated ? "Joined" : "AccountReady", tenant.Name]).KeepFor(TempData);
                var onwards = role == PortalRole.MailboxOwner ? "/my" : $"/t/{tenant.Slug}";
                return LocalRedirect(caller.IsAuthenticated ? onwards : $"/sign-in?returnUrl={Uri.EscapeDataString(onwards)}");
            case AcceptOutcome.PasswordRefused(var faults):
                foreach (var fault in faults) ModelState.AddModelError(nameof(Password), fault.Description);
                break;
        }
        return await ShowAsync(cancellationToken);
    }

    private async Task<PageResult> ShowAsync(CancellationToken cancellationToken)
    {
        Open = await accept.FindAsync(OneTimeLink.Find(HttpContext, Door), cancellationToken);
        if (Open is null) Response.StatusCode = StatusCodes.Status404NotFound;
        else if (Language.Length == 0) Language = Open.Invitation.Language;
        return Page();
    }
}
