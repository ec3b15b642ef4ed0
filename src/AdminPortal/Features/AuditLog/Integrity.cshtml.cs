using System.ComponentModel.DataAnnotations;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.AuditLog;

/// <summary>Whether the trail is as it was written, the head to keep elsewhere, and how long it is kept.</summary>
[Authorize(Policy = Policies.ReadAudit)]
internal sealed class IntegrityModel(
    VerifyAuditTrail verify, SetRetention retention, ReadAuditLog log, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    [BindProperty, Range(AuditRetention.FewestDays, AuditRetention.MostDays), Display(Name = "KeepDays")]
    public int? KeepDays { get; set; }

    public string? Head { get; private set; }

    public AuditVerification? Found { get; private set; }

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        KeepDays = (await retention.FindAsync(cancellationToken))?.KeepDays;
        await ReadHeadAsync(cancellationToken);
    }

    public async Task OnPostVerifyAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Found = await verify.HandleAsync([], cancellationToken);
        await OnGetAsync(cancellationToken);
    }

    [RequireStepUp]
    public async Task<IActionResult> OnPostRetentionAsync(CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        await ReadHeadAsync(cancellationToken);
        if (!ModelState.IsValid || await retention.HandleAsync(KeepDays, null, cancellationToken) is not ChangeOutcome.Done) return Page();
        new StatusMessage(KeepDays is { } days ? texts["KeptDays", days] : texts["KeptForEver"]).KeepFor(TempData);
        return RedirectToPage();
    }

    private async Task ReadHeadAsync(CancellationToken cancellationToken) =>
        Head = await log.HeadAsync(cancellationToken) is { } head ? Anchors.Line(tenant.Slug, head) : null;
}
