using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.TenantSignIn;

/// <summary>What the tenant asks of its people when they sign in, and which issuers may vouch for them.</summary>
[Authorize(Policy = Policies.ManageTenant)]
internal sealed class IndexModel(
    ChangeSignInPolicy change, ChangeMailSignIn changeMail, ProviderActions providers, WhoGetsIn whoGetsIn, CurrentTenant tenant, IOptions<HostingOptions> hosting, IStringLocalizer<Text> texts) : PageModel
{
    public SignInPolicy Policy { get; private set; } = SignInPolicy.Default;

    public MailSignIn Mail { get; private set; } = null!;

    public long Version { get; private set; }

    public IReadOnlyList<SignInProvider> Providers { get; private set; } = [];

    public bool RefusesPasswords => Policy.PasswordSignIn == PasswordSignIn.Refused;

    public bool MayRefusePasswords { get; private set; }

    /// <summary>Who administers the platform has no account at the tenant's issuer to try it with.</summary>
    public bool MayTry => tenant.Role == PortalRole.TenantAdmin;

    /// <summary>What issuers must know as the address that they send people back to.</summary>
    public string CallbackAddress =>
        $"{(hosting.Value.PublicUrl?.ToString() ?? $"{Request.Scheme}://{Request.Host}").TrimEnd('/')}{OpenIdConnectSettings.CallbackPath}";

    public string PageOf(string provider) => $"/t/{tenant.Slug}/settings/sign-in/{provider}";

    public string TrialOf(Guid provider) => $"/sign-in/with/{tenant.Slug}/{provider}?trial=true";

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var read = await change.ReadAsync(cancellationToken);
        (Policy, Mail, Version) = (read.SignIn, MailSignIn.Of(read), read.Version);
        Providers = await providers.AllAsync(cancellationToken);
        MayRefusePasswords = await whoGetsIn.WithoutPasswordsAsync(cancellationToken);
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostPolicyAsync(long version, bool secondFactor, bool ownSignInOnly, CancellationToken cancellationToken)
    {
        var wanted = new SignInPolicy(secondFactor, ownSignInOnly ? PasswordSignIn.Refused : PasswordSignIn.Allowed);
        var outcome = await change.HandleAsync(_ => wanted, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken);
        var message = outcome switch
        {
            ChangeOutcome.Stale => new StatusMessage(texts["ChangedMeanwhile"], Failed: true),
            ChangeOutcome.Refused => new StatusMessage(texts["OwnSignInOnlyNotYet"], Failed: true),
            _ => new StatusMessage(texts["PolicySaved"]),
        };
        message.KeepFor(TempData);
        return RedirectToPage();
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostMailAsync(long version, bool accountPassword, CancellationToken cancellationToken)
    {
        var outcome = await changeMail.HandleAsync(now => now with { AccountPassword = accountPassword }, Precondition.Of([ETags.Of(version).ToString()]), cancellationToken);
        (outcome is ChangeOutcome.Stale ? new StatusMessage(texts["ChangedMeanwhile"], Failed: true) : new StatusMessage(texts["PolicySaved"])).KeepFor(TempData);
        return RedirectToPage();
    }
}
