using AdminPortal.Data;
using AdminPortal.Features.Shared;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.ConnectionSettings;

/// <summary>What the tenant and its domains follow, and what comes of it.</summary>
[Authorize(Policy = Policies.SeeTenant)]
internal sealed class IndexModel(
    PortalDbContext db, ChoosePreset choose, CurrentTenant tenant, IOptions<MailServerAddresses> own, IStringLocalizer<Text> texts) : PageModel
{
    public IReadOnlyList<LayerShown> Layers { get; private set; } = [];

    public bool MayChange => Policies.TenantRoles[Policies.ManageTenant].Contains(tenant.Role);

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        var domains = await db.Domains.AsNoTracking().OrderBy(d => d.Name).Select(d => new { d.Id, d.Name, IsActive = d.ActiveSince != null }).ToListAsync(cancellationToken);
        var saved = await db.MailEndpoints.AsNoTracking().Where(line => line.MailboxId == null).ToListAsync(cancellationToken);
        // What is usual depends on where mailboxes live; the first pod is the one that new mailboxes get.
        var pod = await db.Pods.OrderBy(p => p.Id).Select(p => p.Kind).FirstOrDefaultAsync(cancellationToken);
        Layers = [Show(null, tenant.Name, true), .. domains.Select(d => Show(d.Id, d.Name, d.IsActive))];

        LayerShown Show(Guid? domainId, string name, bool isActive) => new(
            domainId, name, isActive, LayerShown.ChoiceOf([.. saved.Where(line => line.DomainId == domainId)]),
            ConnectionTable.Resolve(saved, domainId ?? Guid.Empty, Guid.Empty, pod, own.Value));
    }

    public async Task<IActionResult> OnPostAsync(Guid? domain, string preset, CancellationToken cancellationToken)
    {
        if (!MayChange) return Forbid();
        var (isKnown, wanted) = LayerShown.Read(preset);
        // A domain that is no id must not be taken for none, which is the tenant.
        if (!isKnown || !ModelState.IsValid) return BadRequest();
        if (await choose.HandleAsync(domain, wanted, cancellationToken) == ChoosePresetOutcome.NotFound) return NotFound();
        new StatusMessage(texts["Saved"]).KeepFor(TempData);
        return RedirectToPage();
    }
}

/// <summary>The tenant or one domain, as the page shows it.</summary>
/// <param name="DomainId">Null: the tenant.</param>
/// <param name="Name">What it is called.</param>
/// <param name="IsActive">False: a domain that the tenant has not proven to own, so that no mailbox lies in it yet.</param>
/// <param name="Choice">One of the words below; the texts have a name for each.</param>
/// <param name="Lines">What comes of it.</param>
internal sealed record LayerShown(Guid? DomainId, string Name, bool IsActive, string Choice, IReadOnlyList<ConnectionLine> Lines)
{
    public const string Inherit = nameof(Inherit);
    public const string WrittenOut = nameof(WrittenOut);

    /// <summary>Lines that were written out by the API are shown as they are; the page offers only presets.</summary>
    public IEnumerable<string> Choices =>
        new[] { Inherit, nameof(EndpointPreset.ThisServer), nameof(EndpointPreset.ExchangeOnline) }.Concat(Choice == WrittenOut ? [WrittenOut] : []);

    /// <summary>A choice's name in the room's texts. Above a tenant there is nothing to inherit from: there it means what is usual.</summary>
    public string ChoiceKey(string choice) => DomainId is null && choice == Inherit ? "ChoiceUsual" : $"Choice{choice}";

    public static string ChoiceOf(IReadOnlyCollection<MailEndpoint> lines) => ChoosePreset.PresetOf(lines) switch
    {
        (_, { } preset) => preset.ToString(),
        (true, null) => WrittenOut,
        _ => Inherit,
    };

    public static (bool IsKnown, EndpointPreset? Preset) Read(string word) => word switch
    {
        Inherit => (true, null),
        nameof(EndpointPreset.ThisServer) => (true, EndpointPreset.ThisServer),
        nameof(EndpointPreset.ExchangeOnline) => (true, EndpointPreset.ExchangeOnline),
        _ => (false, null),
    };
}
