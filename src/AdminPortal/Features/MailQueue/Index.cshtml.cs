using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.MailQueue;

/// <summary>What waits to leave, why, and until when.</summary>
[Authorize(Policy = Policies.ReadAudit)]
internal sealed class IndexModel(QueuedMessages queue, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    private const int PageSize = 50;

    public IReadOnlyList<QueuedMessageAnswer> Messages { get; private set; } = [];

    public string? Next { get; private set; }

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public async Task OnGetAsync(string? cursor, CancellationToken cancellationToken)
    {
        Guid? before = Cursor.TryParse(cursor, null, out var place) ? place.Read<Guid>() : null;
        var found = await queue.ListAsync(all: false, before, PageSize + 1, cancellationToken);
        var page = PageOf<QueuedMessageAnswer>.Cut(found, PageSize, m => m, m => m.Id);
        (Messages, Next) = (page.Items, page.Next);
    }

    public async Task<IActionResult> OnPostRetryAsync(Guid message, CancellationToken cancellationToken) =>
        MayChange ? Say(await queue.RetryAsync(message, cancellationToken), "Retried") : Forbid();

    public async Task<IActionResult> OnPostCancelAsync(Guid message, CancellationToken cancellationToken) =>
        MayChange ? Say(await queue.CancelAsync(message, cancellationToken), "Cancelled") : Forbid();

    public static Standing StandingOf(RelayedState state) => state switch
    {
        RelayedState.Sent => Standing.Good,
        RelayedState.Waiting => Standing.Open,
        _ => Standing.Bad,
    };

    private IActionResult Say(QueueOutcome outcome, string done)
    {
        if (outcome == QueueOutcome.NotFound) return NotFound();
        new StatusMessage(texts[outcome == QueueOutcome.Done ? done : "Finished"], Failed: outcome == QueueOutcome.Finished).KeepFor(TempData);
        return RedirectToPage();
    }
}
