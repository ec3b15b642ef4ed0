using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.PublicFolders;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.MailHosting;

/// <summary>The tenant's public folders, and what its mailboxes may do in each.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class PublicFoldersModel(PublicFolderActions actions, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Required, StringLength(240), Display(Name = "FolderName")]
    public string Name { get; set; } = "";

    public IReadOnlyList<FolderShown> Folders { get; private set; } = [];

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAddAsync(CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        if (ModelState.IsValid)
        {
            var (outcome, folder) = await actions.CreateAsync(new(Name), cancellationToken);
            if (outcome is ChangeOutcome.Done) return Say(texts["FolderCreated", PublicFolderAnswer.Of(folder!).Name], failed: false);
            ModelState.AddModelError(nameof(Name), outcome is ChangeOutcome.Invalid ? texts["FolderNameWrong"] : texts["FolderTaken"]);
        }
        await ShowAsync(cancellationToken);
        return Page();
    }

    public Task<IActionResult> OnPostRightAsync(Guid folder, long version, PublicFolderRight right, CancellationToken cancellationToken) =>
        ChangeAsync(() => actions.ChangeAsync(folder, wantedName: null, right, Seen(version), cancellationToken), "FolderChanged");

    public Task<IActionResult> OnPostRenameAsync(Guid folder, long version, string? name, CancellationToken cancellationToken) =>
        ChangeAsync(() => actions.ChangeAsync(folder, name ?? "", wantedRight: null, Seen(version), cancellationToken), "FolderChanged");

    public Task<IActionResult> OnPostDeleteAsync(Guid folder, long version, CancellationToken cancellationToken) =>
        ChangeAsync(() => actions.DeleteAsync(folder, Seen(version), cancellationToken), "FolderDeleted");

    private async Task ShowAsync(CancellationToken cancellationToken) =>
        Folders = [.. (await actions.ShowAsync(cancellationToken)).Select(f => new FolderShown(f.Id, PublicFolderAnswer.Of(f).Name, f.PublicRight!.Value, f.Octets, f.Version))];

    private async Task<IActionResult> ChangeAsync(Func<Task<ChangeOutcome>> change, string done)
    {
        if (!MayChange) return Forbid();
        return await change() switch
        {
            ChangeOutcome.Done => Say(texts[done], failed: false),
            ChangeOutcome.NotFound => NotFound(),
            ChangeOutcome.Stale => Say(texts["FolderChangedMeanwhile"], failed: true),
            ChangeOutcome.Invalid => Say(texts["FolderNameWrong"], failed: true),
            _ => Say(texts["FolderRefused"], failed: true),
        };
    }

    private static Precondition Seen(long version) => Precondition.Of([ETags.Of(version).ToString()]);

    private RedirectToPageResult Say(string text, bool failed)
    {
        new StatusMessage(text, failed).KeepFor(TempData);
        return RedirectToPage();
    }
}

/// <param name="Name">Without the name of the namespace.</param>
internal sealed record FolderShown(Guid Id, string Name, PublicFolderRight Right, long Octets, long Version);
