using System.ComponentModel.DataAnnotations;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ApiTokens;

/// <summary>Makes a token, and shows it in the answer to the form: there alone, and never again.</summary>
[Authorize(Policy = Policies.SeeTenant), RequireStepUp]
internal sealed class NewModel(ManageApiTokens manage, CurrentTenant tenant, TimeProvider time, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(100), Display(Name = "Name")]
    public string Name { get; set; } = "";

    [BindProperty]
    public IReadOnlyList<string> Chosen { get; set; } = [];

    [BindProperty]
    public LimitsForm Limits { get; set; } = new();

    public IReadOnlyList<string> Choices => manage.ScopesToGive;

    public ShownToken? Issued { get; private set; }

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}/settings/tokens";

    public void OnGet() => Limits.LastDay = DateOnly.FromDateTime((time.GetUtcNow() + ManageApiTokens.UsualLife).UtcDateTime);

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return Page();
        var request = new CreateTokenRequest(Name, Chosen, Limits.LastDay is { } day ? LastDay.EndOf(day) : null, Networks.Lines(Limits.Networks));
        switch (await manage.CreateAsync(request, cancellationToken))
        {
            case TokenOutcome.Issued(var token, var text):
                Issued = new(token.Name, text, null);
                break;
            case TokenOutcome.Invalid(_, var fault, _):
                ModelState.AddModelError("", texts.Say(fault));
                break;
            case TokenOutcome.Refused(var fault, _):
                ModelState.AddModelError("", texts.Say(fault));
                break;
        }
        return Page();
    }
}

/// <summary>From where and how long, as a form asks for it.</summary>
public sealed class LimitsForm
{
    [StringLength(2_000)]
    public string? Networks { get; set; }

    public DateOnly? LastDay { get; set; }
}

/// <param name="Name">The token's.</param>
/// <param name="Text">The token itself.</param>
/// <param name="PreviousUntil">Until when the secret before it is accepted; null: there is none.</param>
internal sealed record ShownToken(string Name, string Text, DateTimeOffset? PreviousUntil);
