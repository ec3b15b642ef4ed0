using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Localization;

namespace AdminPortal.Features.MailAccess;

/// <summary>
/// A change of many mailboxes before it happens: what, how many, who would notice. Selection and change are in the address, as the list of
/// mailboxes sends them: <c>?ids=…&amp;ids=…</c> or <c>?all=true&amp;filter=…</c>, and <c>&amp;pop3=disabled</c>.
/// </summary>
[Authorize(Policy = Policies.SwitchAccess)]
internal sealed class ChangesModel(
    BulkSetMailAccess bulk, CurrentTenant tenant, IStringLocalizer<Text> texts, IStringLocalizer<Shared.Text> shared) : PageModel
{
    private const int LongestReason = 500;

    /// <summary>The mailboxes that were picked; not looked at where <see cref="All"/> is set.</summary>
    [BindProperty(SupportsGet = true)]
    public List<Guid> Ids { get; set; } = [];

    /// <summary>All that match the filter, instead of the picked ones.</summary>
    [BindProperty(SupportsGet = true)]
    public bool All { get; set; }

    /// <summary>The list's own query: <c>search=anna&amp;pop3=on</c>.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Filter { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Pop3 { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Imap { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Smtp { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Reason { get; set; }

    public BulkPreview? Preview { get; private set; }

    public bool IsFilter => All;

    public bool IsEverything => All && !Words.ToPairs().Any();

    public string Address => $"{Base}/access/changes/new";

    public string BackTo => $"{Base}/mailboxes{(string.IsNullOrEmpty(Filter) ? "" : $"?{Filter.TrimStart('?')}")}";

    public AccessChanges Changes => new(AccessWords.ReadSetting(Pop3), AccessWords.ReadSetting(Imap), AccessWords.ReadSetting(Smtp));

    /// <summary>The selection, for the next request.</summary>
    public IEnumerable<(string Name, string Value)> Carried => All
        ? [("all", "true"), ("filter", Filter ?? "")]
        : [.. Ids.Select(id => ("ids", id.ToString())), ("filter", Filter ?? "")];

    /// <summary>"containing “anna”, POP3 on, plan Basic".</summary>
    public string FilterInWords => string.Join(", ", Words.ToPairs().Select(pair => FilterShown.Say(shared, pair.Key, pair.Value)));

    /// <summary>"POP3 off, SMTP inherited".</summary>
    public string ChangesInWords => string.Join(", ", MailProtocols.All.Where(p => Changes[p] is not null).Select(p => $"{p.Name()} {SettingInWords(Changes[p])}"));

    private string Base => $"/t/{Uri.EscapeDataString(tenant.Slug)}";

    private MailboxFilterWords Words { get; set; } = new();

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (ReadSelection() is not { } selection) return BadRequest();
        if (!Changes.IsEmpty) (Preview, _) = await bulk.PreviewAsync(new(selection, Changes), cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (ReadSelection() is not { } selection || Reason?.Length > LongestReason) return BadRequest();
        return await bulk.AcceptAsync(new(selection, Changes), Reason, cancellationToken) switch
        {
            BulkSetMailAccessOutcome.Accepted { Operation.Id: var operation } => LocalRedirect($"{Base}/operations/{operation}"),
            // Only a form that was not ours asks for nothing, or of nobody.
            _ => BadRequest(),
        };
    }

    /// <returns>Null where the address selects nothing, or by a filter that means nothing.</returns>
    private BulkSelection? ReadSelection()
    {
        if (!All) return Ids.Count > 0 ? new(Ids: Ids) : null;
        var query = new QueryCollection(QueryHelpers.ParseQuery(Filter));
        Words = MailboxFilterWords.From(field => query[field]);
        var errors = new Dictionary<string, string[]>();
        var filter = Words.Read(errors);
        return errors.Count == 0 ? new(Filter: filter) : null;
    }

    private string SettingInWords(AccessSetting? setting) => setting switch
    {
        AccessSetting.Enabled => texts["OnWord"],
        AccessSetting.Disabled => texts["OffWord"],
        _ => shared["Inherited"],
    };
}
