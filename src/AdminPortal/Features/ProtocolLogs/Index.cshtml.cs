using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.ProtocolLogs;

/// <summary>What mail programs and the server said to each other about one mailbox, on request.</summary>
[Authorize(Policy = Policies.ManageTenant)]
internal sealed class IndexModel(ManageProtocolLog manage, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    /// <summary>In hours.</summary>
    public static readonly IReadOnlyList<int> Choices = [1, 4, 8, ManageProtocolLog.MostHours];
    private const int PageSize = 200;

    public Mailbox Mailbox { get; private set; } = null!;

    public ProtocolLogAnswer Log { get; private set; } = null!;

    public long Version { get; private set; }

    public IReadOnlyList<ProtocolLogLine> Lines { get; private set; } = [];

    public string? Next { get; private set; }

    public bool Wrong => !ModelState.IsValid;

    public string MailboxPage => $"/t/{Uri.EscapeDataString(tenant.Slug)}/mailboxes/{Mailbox.Id}";

    public async Task<IActionResult> OnGetAsync(string mailbox, string? cursor, CancellationToken cancellationToken) =>
        await FindAsync(mailbox, cursor, cancellationToken) ? Page() : NotFound();

    [RequireStepUp]
    public async Task<IActionResult> OnPostStartAsync(string mailbox, long version, int hours, string? reason, CancellationToken cancellationToken)
    {
        if (!await FindAsync(mailbox, null, cancellationToken)) return NotFound();
        switch (await manage.StartAsync(Mailbox, new(hours, reason ?? ""), At(version), cancellationToken))
        {
            case ChangeOutcome.Done:
                return Say("Started");
            case ChangeOutcome.Invalid(var field, _):
                ModelState.AddModelError("", texts[field == "hours" ? "WrongHours" : "WrongReason"]);
                return Page();
            default:
                return Say("ChangedMeanwhile", failed: true);
        }
    }

    public async Task<IActionResult> OnPostRemoveAsync(string mailbox, long version, CancellationToken cancellationToken)
    {
        if (!await FindAsync(mailbox, null, cancellationToken)) return NotFound();
        return await manage.RemoveAsync(Mailbox, At(version), cancellationToken) is ChangeOutcome.Done ? Say("Removed") : Say("ChangedMeanwhile", failed: true);
    }

    private async Task<bool> FindAsync(string mailbox, string? cursor, CancellationToken cancellationToken)
    {
        if (await manage.FindMailboxAsync(mailbox, cancellationToken) is not { } found) return false;
        Mailbox = found;
        (Log, Version) = await manage.ReadAsync(found, cancellationToken);
        var lines = await manage.LinesAsync(found, Cursor.TryParse(cursor, null, out var place) ? place : null, PageSize, cancellationToken);
        Lines = [.. lines.Take(PageSize)];
        Next = lines.Count > PageSize ? Cursor.Encode(Lines[^1].Id) : null;
        return true;
    }

    private RedirectToPageResult Say(string said, bool failed = false)
    {
        new StatusMessage(texts[said], Failed: failed).KeepFor(TempData);
        return RedirectToPage();
    }

    private static Precondition At(long version) => Precondition.Of([ETags.Of(version).ToString()]);
}
