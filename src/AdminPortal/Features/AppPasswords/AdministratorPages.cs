using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.AppPasswords;

/// <summary>Takes an app password back. The list itself stands on the mailbox's page.</summary>
[Authorize(Policy = Policies.SwitchAccess)]
internal sealed class ListModel(ManageAppPasswords manage, CurrentTenant tenant, IStringLocalizer<Text> texts) : AppPasswordPage(manage, texts)
{
    public async Task<IActionResult> OnGetAsync(string mailbox, CancellationToken cancellationToken) =>
        await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken) ? LocalRedirect(Place.List) : NotFound();

    public async Task<IActionResult> OnPostRevokeAsync(string mailbox, Guid appPassword, CancellationToken cancellationToken)
    {
        if (!await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken)) return NotFound();
        if (await Manage.RevokeAsync(Mailbox, appPassword, null, cancellationToken) is not AppPasswordOutcome.Done(var gone)) return NotFound();
        new StatusMessage(Texts["RevokedNamed", gone.Label]).KeepFor(TempData);
        return LocalRedirect(Place.List);
    }
}

[Authorize(Policy = Policies.ManageTenant), RequireStepUp]
internal sealed class NewModel(ManageAppPasswords manage, CurrentTenant tenant, IStringLocalizer<Text> texts) : NewAppPasswordPage(manage, texts)
{
    public async Task<IActionResult> OnGetAsync(string mailbox, CancellationToken cancellationToken)
    {
        if (!await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken)) return NotFound();
        Prepare();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string mailbox, CancellationToken cancellationToken) =>
        await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken) ? await MakeAsync(cancellationToken) : NotFound();
}

[Authorize(Policy = Policies.ManageTenant), RequireStepUp]
internal sealed class OneModel(ManageAppPasswords manage, CurrentTenant tenant, IStringLocalizer<Text> texts) : ChangeAppPasswordPage(manage, texts)
{
    public async Task<IActionResult> OnGetAsync(string mailbox, Guid appPassword, CancellationToken cancellationToken) =>
        await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken) ? await ShowAsync(appPassword, cancellationToken) : NotFound();

    public async Task<IActionResult> OnPostAsync(string mailbox, Guid appPassword, CancellationToken cancellationToken) =>
        await FindAsync(mailbox, found => AppPasswordPlace.Of(tenant, found.Id), cancellationToken) ? await SaveAsync(appPassword, cancellationToken) : NotFound();
}
