using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using AdminPortal.Jobs;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>What a file would do, the button that does it, and how far that is.</summary>
[Authorize(Policy = Policies.ManageTenant)]
internal sealed class PreviewModel(
    PortalDbContext db, ApplyImport apply, CurrentTenant tenant, IStringLocalizer<Text> texts) : PageModel
{
    /// <summary>A page is read by a person; a program asks the API for the rest.</summary>
    public int MostShown => 30;

    public string Tenant => tenant.Slug;

    public string FileName { get; private set; } = "";

    public DateTimeOffset UploadedAt { get; private set; }

    public ImportPreview Found { get; private set; } = null!;

    public ImportProgress? Progress { get; private set; }

    /// <summary>False once it was asked for, unless that failed or was cancelled and so changed nothing.</summary>
    public bool MayApply => Progress?.Operation.State is null or OperationState.Failed or OperationState.Cancelled;

    public async Task<IActionResult> OnGetAsync(Guid import, CancellationToken cancellationToken) =>
        await LoadAsync(import, cancellationToken) ? Page() : NotFound();

    /// <summary>The part that a script asks for again while the operation runs.</summary>
    public async Task<IActionResult> OnGetProgressAsync(Guid import, CancellationToken cancellationToken) =>
        await LoadAsync(import, cancellationToken) && Progress is not null ? Partial("_Progress", Progress) : NotFound();

    public async Task<IActionResult> OnPostAsync(Guid import, bool skipRefused, string? reason, CancellationToken cancellationToken)
    {
        var because = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        switch (await apply.HandleAsync(new ApplyImportRequest(import, skipRefused), because, cancellationToken))
        {
            case ApplyOutcome.NotFound:
                return NotFound();
            case ApplyOutcome.LinesRefused { Count: var count }:
                new StatusMessage(texts.Count("StillRefused", count), Failed: true).KeepFor(TempData);
                break;
        }
        return RedirectToPage(new { tenant = tenant.Slug, import });
    }

    public static string NameOf(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3",
        MailProtocol.Imap => "IMAP4",
        _ => "SMTP",
    };

    /// <summary>"inherited → off", or a dash where nothing changes.</summary>
    public string Step(PlannedChange change, MailProtocol protocol)
    {
        var (before, after) = (change.Before[protocol], change.After[protocol]);
        if (change.IsNew) return Word(after);
        return before == after ? "–" : $"{Word(before)} → {Word(after)}";
    }

    private string Word(AccessSetting setting) => texts[$"Word{setting}"];

    private async Task<bool> LoadAsync(Guid import, CancellationToken cancellationToken)
    {
        var found = await db.Imports.AsNoTracking().SingleOrDefaultAsync(i => i.Id == import, cancellationToken);
        if (found is null || Previews.Of(found) is not { } preview) return false;
        (FileName, UploadedAt, Found) = (found.FileName, found.CreatedAt, preview);
        if (found.OperationId is { } id)
            Progress = new ImportProgress(
                await db.Operations.AsNoTracking().SingleAsync(o => o.Id == id, cancellationToken), $"/t/{Uri.EscapeDataString(tenant.Slug)}/import/{import}");
        return true;
    }
}

/// <summary>How far the application of a file is.</summary>
/// <param name="Operation">The work.</param>
/// <param name="Here">The page that shows it.</param>
internal sealed record ImportProgress(Operation Operation, string Here)
{
    public bool IsOver => Operation.FinishedAt is not null;

    /// <summary>Where the part of the page that shows it is asked for again.</summary>
    public string Follow => $"{Here}?handler=progress";

    /// <summary>Why it failed, in words. Nothing was changed then.</summary>
    public string Why(IStringLocalizer<Text> texts) => texts[Operation.Error switch
    {
        ImportErrors.Gone => "FailedGone",
        ImportErrors.LinesRefused => "FailedLinesRefused",
        OperationErrors.GaveUp => "FailedGaveUp",
        _ => "FailedUnexpected",
    }];
}
