using System.Globalization;
using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Limits;

/// <summary>Who is held off at this moment, and what this process puts up with.</summary>
[Authorize(Policies.Platform)]
internal sealed class IndexModel(
    CrossTenant crossTenant, LetIn letIn, IEnumerable<ILimitsOfRoom> rooms, LimitHits hits, IOptions<LimitsOptions> options, IStringLocalizer<Text> texts)
    : PageModel
{
    private const int Most = 100;

    public IReadOnlyList<HeldOff> HeldOff { get; private set; } = [];

    public ILookup<string, ShownLimit> Limits { get; } = rooms.SelectMany(room => room.All).ToLookup(limit => limit.Group);

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        HeldOff = await crossTenant.ListHeldOffAsync(options.Value.Guesses.Rule, Most, cancellationToken);

    public async Task<IActionResult> OnPostAsync(string heldBy, string? account, string? address, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid) return BadRequest();
        var forgotten = await letIn.HandleAsync(heldBy, account, address, cancellationToken);
        new StatusMessage(texts.Count("LetInDone", forgotten)).KeepFor(TempData);
        return LocalRedirect("/platform/limits");
    }

    /// <summary>Null where nobody counts how often it was reached.</summary>
    public string? HitsOf(ShownLimit limit) => LimitHits.Counts(limit.Setting) ? hits.Of(limit.Setting).ToString("N0", CultureInfo.CurrentCulture) : null;

    public string ValueOf(ShownLimit limit) => (limit.Unit, limit.Value) switch
    {
        (LimitUnit.Time, TimeSpan { TotalHours: >= 1 } time) when time.TotalHours % 1 == 0 => texts["Hours", time.TotalHours],
        (LimitUnit.Time, TimeSpan { TotalMinutes: >= 1 } time) when time.TotalMinutes % 1 == 0 => texts["Minutes", time.TotalMinutes],
        (LimitUnit.Time, TimeSpan time) => texts["Seconds", time.TotalSeconds],
        (LimitUnit.Bytes, var number) => Bytes(Convert.ToInt64(number, CultureInfo.InvariantCulture)),
        (LimitUnit.BytesASecond, var number) => texts["BytesASecond", number],
        var (_, number) => Convert.ToInt64(number, CultureInfo.InvariantCulture).ToString("N0", CultureInfo.CurrentCulture),
    };

    public static string KeyOf(ShownLimit limit) => GroupOf(limit.Group) + limit.Name;

    /// <summary>A section of the settings in one word: <c>Limits:Web</c> is Web, <c>MailServer:Limits</c> is MailServer.</summary>
    public static string GroupOf(string section) => section.Split(':') switch
    {
        [LimitsOptions.Section, var name] => name,
        [var name, ..] => name,
        _ => section,
    };

    private string Bytes(long number) => number switch
    {
        >= 1024 * 1024 when number % (1024 * 1024) == 0 => texts["Mebibytes", number / (1024 * 1024)],
        >= 1024 when number % 1024 == 0 => texts["Kibibytes", number / 1024],
        _ => texts["Bytes", number],
    };
}
