using System.Globalization;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.Operations;

/// <summary>One piece of durable work: how far it is, how it ended, what became of each item. It may be left and come back to.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class OperationModel(
    GetOperations operations, EndOperation end, CurrentTenant tenant, Actor actor, IAuthorizationService authorization, TimeProvider time,
    IStringLocalizer<Text> texts, IStringLocalizer<Shared.Text> shared) : PageModel
{
    private const int PageSize = 50;

    public Operation Operation { get; private set; } = null!;

    public IReadOnlyList<OperationItem> Items { get; private set; } = [];

    public string? Next { get; private set; }

    /// <summary>Which items are shown; null shows all.</summary>
    public string? Outcome { get; private set; }

    public bool MayUndo { get; private set; }

    public bool MayCancel { get; private set; }

    public bool HasEnded => Operation.FinishedAt is not null;

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    public string Title => shared[OperationKinds.Key(Operation)];

    /// <summary>A code in words; a sentence as its handler wrote it.</summary>
    public string Error => Operation.Error is { Length: > 0 } error ? Or(texts[$"Error{Key(error)}"], error) : "";

    public string WhyInWords(string code) => code.Length > 0 ? Or(texts[$"Why{Key(code)}"], code) : "";

    /// <summary>At the pace so far; null while there is none.</summary>
    public TimeSpan? TimeLeft => Operation is { Done: > 0, StartedAt: { } started } && Operation.Total > Operation.Done && !HasEnded
        ? (time.GetUtcNow() - started) * ((double)(Operation.Total - Operation.Done) / Operation.Done)
        : null;

    /// <summary>Progress for the page that is open: the same, without its frame.</summary>
    public async Task<IActionResult> OnGetAsync(Guid operation, string? outcome, string? cursor, CancellationToken cancellationToken)
    {
        if (await operations.FindAsync(operation, cancellationToken) is not { } found) return NotFound();
        Operation = found;
        Outcome = outcome is "changed" or "unchanged" or "created" or "refused" ? outcome : null;
        await ReadItemsAsync(cursor, cancellationToken);
        await ReadRightsAsync(cancellationToken);
        return Request.Headers.ContainsKey("HX-Request") ? Partial("_Operation", this) : Page();
    }

    public async Task<IActionResult> OnPostCancelAsync(Guid operation, CancellationToken cancellationToken) =>
        await MaySwitchAsync() ? Answer(operation, await end.CancelAsync(operation, OnlyOwn, cancellationToken), "CancelAsked") : Forbid();

    public async Task<IActionResult> OnPostUndoAsync(Guid operation, CancellationToken cancellationToken) =>
        await MaySwitchAsync() ? Answer(operation, await end.UndoAsync(operation, OnlyOwn, cancellationToken), "UndoAsked") : Forbid();

    private bool OnlyOwn => tenant.Role == PortalRole.Helpdesk;

    private IActionResult Answer(Guid asked, EndOperationOutcome outcome, string sentence)
    {
        if (outcome is EndOperationOutcome.NotFound) return NotFound();
        var (message, next) = outcome switch
        {
            EndOperationOutcome.Accepted { Operation.Id: var id } => (new StatusMessage(texts[sentence]), id),
            EndOperationOutcome.Refused { Why: var why } => (new StatusMessage(texts[$"Refusal{why}"], Failed: true), asked),
            _ => (new StatusMessage(texts["NotYours"], Failed: true), asked),
        };
        message.KeepFor(TempData);
        return LocalRedirect($"{Base}/operations/{next}");
    }

    private async Task ReadItemsAsync(string? cursor, CancellationToken cancellationToken)
    {
        if (!HasEnded) return;
        var after = Cursor.TryParse(cursor, null, out var place) ? place.Read<int>() : -1;
        var found = await operations.ItemsAsync(Operation.Id, Outcome, after, PageSize + 1, cancellationToken);
        Items = [.. found.Take(PageSize)];
        Next = found.Count > PageSize ? Cursor.Encode(Items[^1].Position) : null;
    }

    private async Task ReadRightsAsync(CancellationToken cancellationToken)
    {
        if (!await MaySwitchAsync() || OnlyOwn && Operation.RequestedById != actor.Id) return;
        MayCancel = !HasEnded && !Operation.CancelRequested;
        MayUndo = HasEnded && await end.CanBeUndoneAsync(Operation, cancellationToken);
    }

    private async Task<bool> MaySwitchAsync() => (await authorization.AuthorizeAsync(User, HttpContext, Policies.SwitchAccess)).Succeeded;

    // Codes are stored, so that each reader reads them in a language of their own. One that is not known here, from a room that came
    // later, is shown as it is.
    private static string Or(LocalizedString words, string code) => words.ResourceNotFound ? code : words.Value;

    /// <summary>As the keys of texts spell a code: with a capital.</summary>
    public static string Key(string code) => $"{char.ToUpperInvariant(code[0])}{code[1..]}";

    public static string Number(int number) => number.ToString("N0", CultureInfo.CurrentCulture);
}
