using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>Whose access tokens open the tenant's mailboxes to mail programs.</summary>
[Authorize(Policy = Policies.ManageTenant), RequireStepUp]
internal sealed class MailTokensModel(ChangeMailSignIn change, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty]
    public MailTokensInput Input { get; set; } = new();

    public long Version { get; private set; }

    public bool IsSet { get; private set; }

    public string Back => $"/t/{tenant.Slug}/settings/sign-in";

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var read = await change.ReadAsync(cancellationToken);
        (Version, IsSet) = (read.Version, read.Now.Tokens is not null);
        if (read.Now.Tokens is { } tokens) Input = MailTokensInput.Of(tokens);
    }

    public async Task<IActionResult> OnPostSaveAsync(long version, CancellationToken cancellationToken)
    {
        (Version, IsSet) = (version, (await change.ReadAsync(cancellationToken)).Now.Tokens is not null);
        if (!ModelState.IsValid) return Page();
        var outcome = await change.HandleAsync(now => now with { Tokens = Input.ToTokens() }, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken);
        if (outcome is ChangeOutcome.Done) return Onwards("MailTokensSaved");
        ModelState.AddModelError("", texts[outcome switch
        {
            ChangeOutcome.Invalid { Field: "tokens.issuer" } => "WrongIssuer",
            ChangeOutcome.Invalid => "WrongMailTokens",
            _ => "ChangedMeanwhile",
        }]);
        return Page();
    }

    public async Task<IActionResult> OnPostRemoveAsync(long version, CancellationToken cancellationToken) =>
        await change.HandleAsync(now => now with { Tokens = null }, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken) is ChangeOutcome.Done
            ? Onwards("MailTokensRemoved")
            : Onwards("ChangedMeanwhile", failed: true);

    private LocalRedirectResult Onwards(string said, bool failed = false)
    {
        new StatusMessage(texts[said], Failed: failed).KeepFor(TempData);
        return LocalRedirect(Back);
    }
}

/// <summary>As it is typed in.</summary>
internal sealed class MailTokensInput
{
    [Required, StringLength(300), Display(Name = "Issuer")]
    public string Issuer { get; set; } = "";

    [Required, StringLength(300), Display(Name = "MailAudience")]
    public string Audience { get; set; } = "";

    [Required, StringLength(100), Display(Name = "MailClaim")]
    public string AddressClaim { get; set; } = "email";

    public AddressTrust AddressTrust { get; set; } = AddressTrust.VerifiedClaim;

    [StringLength(200), Display(Name = "MailScopeImap")]
    public string? Imap { get; set; }

    [StringLength(200), Display(Name = "MailScopePop3")]
    public string? Pop3 { get; set; }

    [StringLength(200), Display(Name = "MailScopeSmtp")]
    public string? Smtp { get; set; }

    public MailTokens ToTokens() => new(Issuer.Trim(), Audience.Trim(), AddressClaim.Trim(), AddressTrust, new(Nothing(Pop3), Nothing(Imap), Nothing(Smtp)));

    public static MailTokensInput Of(MailTokens tokens) => new()
    {
        Issuer = tokens.Issuer, Audience = tokens.Audience, AddressClaim = tokens.AddressClaim, AddressTrust = tokens.AddressTrust,
        Imap = tokens.Scopes.Imap, Pop3 = tokens.Scopes.Pop3, Smtp = tokens.Scopes.Smtp,
    };

    private static string? Nothing(string? scope) => string.IsNullOrWhiteSpace(scope) ? null : scope.Trim();
}
