using System.ComponentModel.DataAnnotations;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Tenants;

/// <summary>One mail server: where it is, and with what checks sign in there. The password only ever goes in.</summary>
[Authorize(Policy = Policies.ManageTenant), RequireStepUp]
internal sealed class MailServerModel(ShowPods pods, PodActions actions, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, StringLength(100), Display(Name = "Name")]
    public string? Name { get; set; }

    [BindProperty, StringLength(253), Display(Name = "Host")]
    public string? Host { get; set; }

    [BindProperty, StringLength(254), Display(Name = "UserName")]
    public string? UserName { get; set; }

    [BindProperty, StringLength(1024), Display(Name = "Password")]
    public string? Password { get; set; }

    public PodShown Shown { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(Guid pod, CancellationToken cancellationToken)
    {
        if (!await FindAsync(pod, cancellationToken)) return NotFound();
        ModelState.Clear();
        (Name, Host, UserName) = (Shown.Name, Shown.Host, Shown.UserName);
        return Page();
    }

    public async Task<IActionResult> OnPostSaveAsync(Guid pod, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(pod, cancellationToken)) return NotFound();
        if (!ModelState.IsValid) return Again();
        var forgets = Shown is { IsEmbedded: false, Fate: CredentialFate.Set };
        var outcome = await actions.ChangeAsync(pod, Name, Shown.IsEmbedded ? Shown.Host : Host, Seen(version), cancellationToken);
        var now = await pods.FindAsync(pod, cancellationToken);
        return Onwards(outcome, forgets && now?.Fate == CredentialFate.ClearedWithHost ? "PodSavedAndForgot" : "PodSaved", failed: forgets && now?.Fate == CredentialFate.ClearedWithHost);
    }

    public async Task<IActionResult> OnPostCredentialAsync(Guid pod, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(pod, cancellationToken)) return NotFound();
        if (!ModelState.IsValid) return Again();
        return Onwards(await actions.SetCredentialAsync(pod, new(UserName ?? "", Password ?? ""), Seen(version), cancellationToken), "CredentialSaved");
    }

    public async Task<IActionResult> OnPostClearAsync(Guid pod, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(pod, cancellationToken)) return NotFound();
        ModelState.Clear();
        return Onwards(await actions.ClearCredentialAsync(pod, Seen(version), cancellationToken), "CredentialIsCleared");
    }

    private IActionResult Onwards(ChangeOutcome outcome, string done, bool failed = false)
    {
        switch (outcome)
        {
            case ChangeOutcome.Done:
                new StatusMessage(texts[done], Failed: failed).KeepFor(TempData);
                return LocalRedirect($"/t/{tenant.Slug}/settings/mail-servers/{Shown.Id}");
            case ChangeOutcome.NotFound:
                return NotFound();
            case ChangeOutcome.Invalid(var field, _):
                var name = $"{char.ToUpperInvariant(field[0])}{field[1..]}";
                ModelState.AddModelError(name, texts[$"PodWrong{name}"]);
                return Again();
            default:
                ModelState.AddModelError("", texts[outcome switch
                {
                    ChangeOutcome.Stale => "DomainChangedMeanwhile",
                    ChangeOutcome.Refused { Why: PodActions.NameTaken } => "PodNameTaken",
                    _ => "CredentialOwnHint",
                }]);
                return Again();
        }
    }

    // What the other form of the page did not send is shown as it is; a password is never sent back.
    private PageResult Again()
    {
        (Name, Host, UserName) = (Name ?? Shown.Name, Host ?? Shown.Host, UserName ?? Shown.UserName);
        return Page();
    }

    private static Precondition Seen(long version) => Precondition.Of([ETags.Of(version).ToString()]);

    private async Task<bool> FindAsync(Guid pod, CancellationToken cancellationToken)
    {
        if (await pods.FindAsync(pod, cancellationToken) is not { } found) return false;
        Shown = found;
        return true;
    }
}
