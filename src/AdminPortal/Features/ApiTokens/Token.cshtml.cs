using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ApiTokens;

/// <summary>One token: its limits, a new secret, its end.</summary>
[Authorize(Policy = Policies.SeeTenant), RequireStepUp]
internal sealed class TokenModel(ManageApiTokens manage, IStringLocalizer<Text> texts) : PageModel
{
    /// <summary>In minutes: at once, an hour, a day, a week.</summary>
    public static readonly IReadOnlyList<int> Overlaps = [0, 60, 1_440, 10_080];

    [BindProperty, StringLength(100), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [BindProperty]
    public LimitsForm Limits { get; set; } = new();

    public ApiToken? Shown { get; private set; }

    public ShownToken? Issued { get; private set; }

    public bool MayChange => Shown is { RevokedAt: null } token && manage.IsOwn(token);

    public async Task<IActionResult> OnGetAsync(Guid token, CancellationToken cancellationToken)
    {
        if (!await FindAsync(token, cancellationToken)) return NotFound();
        ShowLimits();
        return Page();
    }

    public async Task<IActionResult> OnPostLimitsAsync(Guid token, CancellationToken cancellationToken)
    {
        if (!await FindAsync(token, cancellationToken)) return NotFound();
        if (!ModelState.IsValid) return Page();
        var outcome = await manage.SetLimitsAsync(token, Name, Networks.Lines(Limits.Networks), Limits.LastDay is { } day ? End(day) : null, cancellationToken);
        if (outcome is not TokenOutcome.Done) return Refused(outcome);
        new StatusMessage(texts["Saved"]).KeepFor(TempData);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRotateAsync(Guid token, int overlap, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (!await FindAsync(token, cancellationToken)) return NotFound();
        ShowLimits();
        var outcome = await manage.RotateAsync(token, new(overlap), cancellationToken);
        if (outcome is not TokenOutcome.Issued(var now, var text)) return Refused(outcome);
        Issued = new(now.Name, text, now.PreviousUntil);
        return Page();
    }

    public async Task<IActionResult> OnPostRevokeAsync(Guid token, CancellationToken cancellationToken)
    {
        if (await manage.RevokeAsync(token, null, cancellationToken) is not TokenOutcome.Done(var revoked)) return NotFound();
        new StatusMessage(texts["RevokedNamed", revoked.Name]).KeepFor(TempData);
        return RedirectToPage();
    }

    private async Task<bool> FindAsync(Guid token, CancellationToken cancellationToken) =>
        (Shown = await manage.FindAsync(token, cancellationToken)) is not null;

    private void ShowLimits()
    {
        Name = Shown!.Name;
        Limits = new() { Networks = string.Join('\n', Shown.Networks), LastDay = Shown.ExpiresAt is { } end ? LastDay.Before(end) : null };
    }

    // A day that was not touched leaves the hour as it was.
    private DateTimeOffset End(DateOnly day) => Shown!.ExpiresAt is { } end && LastDay.Before(end) == day ? end : LastDay.EndOf(day);

    private IActionResult Refused(TokenOutcome outcome)
    {
        switch (outcome)
        {
            case TokenOutcome.Invalid(_, var fault, _):
                ModelState.AddModelError("", texts.Say(fault));
                return Page();
            case TokenOutcome.Refused(var fault, _):
                ModelState.AddModelError("", texts.Say(fault));
                return Page();
            case TokenOutcome.NotYours:
                return Forbid();
            default:
                return NotFound();
        }
    }
}
