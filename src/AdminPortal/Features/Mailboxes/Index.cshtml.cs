using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.Mailboxes;

/// <summary>The tenant's mailboxes: who may use what. Search, filter, order and place are all in the address.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(ListMailboxes list, GetFilterChoices choices, FindByAddress byAddress, CurrentTenant tenant) : PageModel
{
    private const int RowsOfAPage = 50;

    public MailboxFilterWords Words { get; private set; } = new();

    public MailboxOrder Order { get; private set; } = MailboxOrder.ByAddress;

    public FilterChoices Choices { get; private set; } = new(0, [], []);

    public IReadOnlyList<ListedMailbox> Mailboxes { get; private set; } = [];

    /// <summary>The cursor of the next page.</summary>
    public string? Next { get; private set; }

    /// <summary>Not the first page.</summary>
    public bool IsFurtherOn { get; private set; }

    public bool IsFiltered => Words.ToPairs().Any();

    /// <summary>What a new search keeps: all of the address but the search itself and the place.</summary>
    public IEnumerable<KeyValuePair<string, string>> Carried =>
        Words.ToPairs().Where(pair => pair.Key != "search").Concat(Order == MailboxOrder.ByAddress ? [] : [new("sort", Order.Word)]);

    /// <summary>The filter as one value, for whoever changes all that match.</summary>
    public string FilterQuery => QueryString.Create(Words.ToPairs().Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Value?.TrimStart('?') ?? "";

    /// <summary>Orders and their texts, for screens without heads of columns.</summary>
    public IReadOnlyDictionary<string, string> Orders { get; } = new Dictionary<string, string>
    {
        ["address"] = "OrderAddress", ["-address"] = "OrderAddressDown", ["displayName"] = "OrderName", ["-displayName"] = "OrderNameDown",
    };

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    public bool MayImport => May(Policies.ManageTenant);

    public bool MaySwitch => May(Policies.SwitchAccess);

    /// <summary>The moment at which the page's decisions were taken.</summary>
    public DateTimeOffset At => list.Now;

    /// <summary>htmx asks for the list alone: the search box, which is being typed into, stays.</summary>
    public bool IsPart => Request.Headers["HX-Target"] == "div#mailboxes";

    /// <param name="words">Which mailboxes.</param>
    /// <param name="sort">In which order; a word that is none means the usual one.</param>
    /// <param name="cursor">Where to go on; one that is none, from an old bookmark, begins at the beginning.</param>
    /// <param name="open">Go straight to the mailbox if the search is its whole address: the search box of every page asks for that.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IActionResult> OnGetAsync(
        MailboxFilterWords words, string? sort, string? cursor, bool open, CancellationToken cancellationToken)
    {
        var errors = new Dictionary<string, string[]>();
        var filter = words.Read(errors);
        // A filter that cannot be read must not show, and offer to change, more than was meant.
        if (errors.Count > 0) return BadRequest();
        if (open) return await OpenAsync(words.Search, cancellationToken);

        Words = words;
        if (MailboxOrder.TryParse(sort, null, out var order)) Order = order;
        Choices = await choices.ReadAsync(cancellationToken);
        await ReadAsync(filter, PlaceOf(cursor), cancellationToken);
        return IsPart ? Partial("_Found", this) : Page();
    }

    public string AddressOf(ListedMailbox row) => $"{Base}/mailboxes/{Uri.EscapeDataString(row.With.Mailbox.Address)}";

    private async Task<IActionResult> OpenAsync(string? search, CancellationToken cancellationToken) =>
        await byAddress.FindAsync(search, cancellationToken) is { } address
            ? LocalRedirect($"{Base}/mailboxes/{Uri.EscapeDataString(address)}")
            : LocalRedirect($"{Base}/mailboxes{(string.IsNullOrWhiteSpace(search) ? "" : QueryString.Create("search", search))}");

    private async Task ReadAsync(MailboxFilter filter, MailboxPosition? after, CancellationToken cancellationToken)
    {
        var found = await list.FindAsync(filter, Order, after, RowsOfAPage + 1, cancellationToken);
        Mailboxes = [.. found.Take(RowsOfAPage)];
        Next = found.Count > RowsOfAPage ? Cursor.Encode(ListMailboxes.PositionOf(Mailboxes[^1], Order)) : null;
        IsFurtherOn = after is not null;
    }

    // A place belongs to the order that it was found in.
    private MailboxPosition? PlaceOf(string? cursor) =>
        Cursor.TryParse(cursor, null, out var read) && read.Read<MailboxPosition>() is var place && place.Order == Order.Word ? place : null;

    private bool May(string policy) => Policies.TenantRoles[policy].Contains(tenant.Role);
}
