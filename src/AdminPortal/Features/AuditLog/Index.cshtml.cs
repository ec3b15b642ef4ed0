using System.Globalization;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AdminPortal.Features.AuditLog;

/// <summary>Who did what to what, before and after. The filters are in the address; days are UTC, both ends included.</summary>
[Authorize(Policy = Policies.ReadAudit)]
internal sealed class IndexModel(ReadAuditLog log, CurrentTenant tenant) : PageModel
{
    private const int PageSize = 50;

    /// <summary>What can be chosen: the parts of the actions before the dot.</summary>
    public static readonly IReadOnlyList<string> Things =
    [
        "mailAccess", "mailbox", "plan", "domain", "tenant", "connectionSettings", "clientPreferences", "mailSession", "relayedMessage", "import", "operation", "token",
        "session", "access", "member", "account", "signInPolicy", "throttle", "audit", "publicFolder",
    ];

    [BindProperty(SupportsGet = true)]
    public string? Target { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Actor { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Action { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public DateOnly? To { get; set; }

    /// <summary>From which address.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Address { get; set; }

    [BindProperty(SupportsGet = true)]
    public Guid? Operation { get; set; }

    public IReadOnlyList<AuditEvent> Events { get; private set; } = [];

    public string? Next { get; private set; }

    public bool IsFiltered => Filter != new AuditFilter();

    public string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    public string Here => $"{Base}/audit";

    /// <summary>Where the same events are found as a file.</summary>
    public string Export(string format) => $"/api/v1/tenants/{Uri.EscapeDataString(tenant.Slug)}/audit-events/export" + QueryString.Create(
        new Dictionary<string, string?>
        {
            ["format"] = format, ["target"] = Filter.Target, ["actor"] = Filter.Actor, ["action"] = Filter.Action, ["remoteAddress"] = Filter.RemoteAddress,
            ["operation"] = Filter.Operation?.ToString(), ["from"] = Filter.From?.ToString("O", CultureInfo.InvariantCulture), ["to"] = Filter.To?.ToString("O", CultureInfo.InvariantCulture),
        }.Where(part => part.Value is not null));

    public EventsShown Shown => new(Events, Base, WithTarget: true);

    private AuditFilter Filter => new(
        NullIfEmpty(Actor), NullIfEmpty(Action), NullIfEmpty(Target), StartOf(From), StartOf(To?.AddDays(1)), Operation, RemoteAddress: NullIfEmpty(Address));

    /// <param name="cursor">Where to go on; one that is none, from an old bookmark, begins at the beginning.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    public async Task<IActionResult> OnGetAsync(string? cursor, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || To == DateOnly.MaxValue) return BadRequest();
        long? before = Cursor.TryParse(cursor, null, out var place) ? place.Read<long>() : null;
        var found = await log.ListAsync(Filter, before, PageSize + 1, cancellationToken);
        Events = [.. found.Take(PageSize)];
        Next = found.Count > PageSize ? Cursor.Encode(Events[^1].Id) : null;
        return Page();
    }

    /// <summary>As the keys of texts spell a word: with a capital.</summary>
    public static string Key(string word) => $"{char.ToUpperInvariant(word[0])}{word[1..]}";

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private static DateTimeOffset? StartOf(DateOnly? day) => day is { } d ? new(d.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}
