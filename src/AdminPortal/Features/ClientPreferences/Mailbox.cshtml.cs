using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>Sets what one mailbox says itself about mail programs, downloads and storage.</summary>
[Authorize(Policy = Policies.ManageTenant)]
internal sealed class MailboxModel(
    GetClientPreferences get, SetClientPreferences set, GetStorage storage, PortalDbContext db, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty]
    public PreferencesForm Form { get; set; } = new();

    public string Address { get; private set; } = "";

    public string Tag { get; private set; } = "";

    public FormShown Shown { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string mailbox, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await ShowAsync(mailbox, asSaved: true, cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(string mailbox, string? tag, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return await ShowAsync(mailbox, asSaved: false, cancellationToken);
        switch (await set.HandleAsync(mailbox, _ => Form.Preferences, now => string.IsNullOrEmpty(tag) || now == tag, cancellationToken, Form.Quota))
        {
            case SetClientPreferencesOutcome.Done { Now.Mailbox.Address: var address }:
                new StatusMessage(texts["Saved", address]).KeepFor(TempData);
                return LocalRedirect(PageOf(address));
            case SetClientPreferencesOutcome.Conflict:
                ModelState.AddModelError("", texts["ChangedMeanwhile"]);
                return await ShowAsync(mailbox, asSaved: false, cancellationToken);
            default:
                return NotFound();
        }
    }

    private async Task<IActionResult> ShowAsync(string mailbox, bool asSaved, CancellationToken cancellationToken)
    {
        if (await get.FindAsync(mailbox, cancellationToken) is not { Mailbox: var found } advice) return NotFound();
        var plan = await db.Plans.AsNoTracking().SingleOrDefaultAsync(p => p.Id == found.PlanId, cancellationToken);
        if (asSaved) Form = PreferencesForm.Of(found.Preferences, found.Quota);
        (Address, Tag) = (found.Address, advice.Tag());
        Shown = new(Form, ClientAdvice.For(Data.ClientPreferences.Unset, plan?.Preferences), plan?.Quota ?? storage.InstallationLimit, PageOf(found.Address));
        return Page();
    }

    private string PageOf(string address) => $"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes/{Uri.EscapeDataString(address)}";
}
