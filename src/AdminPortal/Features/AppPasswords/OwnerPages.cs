using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.AppPasswords;

/// <summary>The owner's own app passwords. Which mailbox is no question of the form: it is the caller's.</summary>
[Authorize(Policy = Policies.OwnMailbox)]
internal sealed class OwnListModel(ManageAppPasswords manage, ShowAppPasswords show, OwnMailboxHere here, CurrentTenant tenant, IStringLocalizer<Text> texts)
    : AppPasswordPage(manage, texts)
{
    public AppPasswordsShown Shown { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "tenant")] string? slug, CancellationToken cancellationToken)
    {
        if (!here.Enter(slug) || await show.FindAsync(here.Id.ToString(), own: true, cancellationToken) is not { } shown) return NotFound();
        Shown = shown;
        return Page();
    }

    public async Task<IActionResult> OnPostRevokeAsync([FromQuery(Name = "tenant")] string? slug, Guid appPassword, CancellationToken cancellationToken)
    {
        if (!here.Enter(slug) || !await FindAsync(here.Id.ToString(), _ => AppPasswordPlace.OfOwner(tenant), cancellationToken)) return NotFound();
        if (await Manage.RevokeAsync(Mailbox, appPassword, null, cancellationToken) is not AppPasswordOutcome.Done(var gone)) return NotFound();
        new StatusMessage(Texts["RevokedNamed", gone.Label]).KeepFor(TempData);
        return LocalRedirect(Place.List);
    }
}

[Authorize(Policy = Policies.OwnMailbox), RequireStepUp]
internal sealed class OwnNewModel(ManageAppPasswords manage, OwnMailboxHere here, CurrentTenant tenant, IStringLocalizer<Text> texts) : NewAppPasswordPage(manage, texts)
{
    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "tenant")] string? slug, CancellationToken cancellationToken)
    {
        if (!here.Enter(slug) || !await FindAsync(here.Id.ToString(), _ => AppPasswordPlace.OfOwner(tenant), cancellationToken)) return NotFound();
        Prepare();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromQuery(Name = "tenant")] string? slug, CancellationToken cancellationToken) =>
        here.Enter(slug) && await FindAsync(here.Id.ToString(), _ => AppPasswordPlace.OfOwner(tenant), cancellationToken)
            ? await MakeAsync(cancellationToken)
            : NotFound();
}

[Authorize(Policy = Policies.OwnMailbox), RequireStepUp]
internal sealed class OwnOneModel(ManageAppPasswords manage, OwnMailboxHere here, CurrentTenant tenant, IStringLocalizer<Text> texts) : ChangeAppPasswordPage(manage, texts)
{
    public async Task<IActionResult> OnGetAsync([FromQuery(Name = "tenant")] string? slug, Guid appPassword, CancellationToken cancellationToken) =>
        here.Enter(slug) && await FindAsync(here.Id.ToString(), _ => AppPasswordPlace.OfOwner(tenant), cancellationToken)
            ? await ShowAsync(appPassword, cancellationToken)
            : NotFound();

    public async Task<IActionResult> OnPostAsync([FromQuery(Name = "tenant")] string? slug, Guid appPassword, CancellationToken cancellationToken) =>
        here.Enter(slug) && await FindAsync(here.Id.ToString(), _ => AppPasswordPlace.OfOwner(tenant), cancellationToken)
            ? await SaveAsync(appPassword, cancellationToken)
            : NotFound();
}
