using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
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

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var isId = Guid.TryParse(RouteData.Values["token"] as string, out var id);
        Shown = isId ? await manage.FindAsync(id, HttpContext.RequestAborted) : null;
        if (Shown is null) context.Result = NotFound();
        else await next();
    }

    public void OnGet() => ShowLimits();

    public async Task<IActionResult> OnPostLimitsAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        var outcome = await manage.SetLimitsAsync(Shown!.Id, Name, TokenFaults.Lines(Limits.Networks), Limits.LastDay is { } day ? End(day) : null, cancellationToken);
        if (outcome is not TokenOutcome.Done) return Refused(outcome);
        new StatusMessage(texts["Saved"]).KeepFor(TempData);
        return RedirectToPage();
    }

    public async Task<IActionResult> OnPostRotateAsync(int overlap, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        ShowLimits();
        var outcome = await manage.RotateAsync(Shown!.Id, new(overlap), cancellationToken);
        if (outcome is not TokenOutcome.Issued(var token, var text)) return Refused(outcome);
        Issued = new(token.Name, text, token.PreviousUntil);
        return Page();
    }

    public async Task<IActionResult> OnPostRevokeAsync(CancellationToken cancellationToken)
    {
        if (await manage.RevokeAsync(Shown!.Id, null, cancellationToken) is not TokenOutcome.Done(var revoked)) return NotFound();
        new StatusMessage(texts["RevokedNamed", revoked.Name]).KeepFor(TempData);
        return RedirectToPage();
    }

    private void ShowLimits()
    {
        Name = Shown!.Name;
        Limits = new() { Networks = string.Join('\n', Shown.Networks), LastDay = Shown.ExpiresAt is { } end ? TokenFaults.DayBefore(end) : null };
    }

    // A day that was not touched leaves the hour as it was.
    private DateTimeOffset End(DateOnly day) => Shown!.ExpiresAt is { } end && TokenFaults.DayBefore(end) == day ? end : TokenFaults.EndOf(day);

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
