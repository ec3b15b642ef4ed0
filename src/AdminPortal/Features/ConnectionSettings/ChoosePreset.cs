using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.ConnectionSettings;

internal enum ChoosePresetOutcome
{
    Chosen,

    /// <summary>It was so already: nothing was written.</summary>
    Unchanged,

    /// <summary>The tenant has no such domain.</summary>
    NotFound,
}

/// <summary>Lets all three protocols of the tenant, or of one domain, follow a preset.</summary>
internal sealed class ChoosePreset(PortalDbContext db, CurrentTenant tenant, Actor actor)
{
    /// <param name="domainId">Null: for the whole tenant.</param>
    /// <param name="preset">Null: nothing of its own; a domain then follows the tenant, and a tenant what is usual for its pods.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<ChoosePresetOutcome> HandleAsync(Guid? domainId, EndpointPreset? preset, CancellationToken cancellationToken)
    {
        var name = domainId is null ? tenant.Name : await db.Domains.Where(d => d.Id == domainId).Select(d => d.Name).SingleOrDefaultAsync(cancellationToken);
        if (name is null) return ChoosePresetOutcome.NotFound;

        var before = await db.MailEndpoints.Where(line => line.MailboxId == null && line.DomainId == domainId)
            .OrderBy(line => line.Position).ToListAsync(cancellationToken);
        if (PresetOf(before) == (preset is not null, preset)) return ChoosePresetOutcome.Unchanged;

        var after = Lines(preset).Select((line, position) => line.ToEndpoint(tenant.Id, domainId, null, (short)position)).ToList();
        db.MailEndpoints.RemoveRange(before);
        db.MailEndpoints.AddRange(after);
        db.AuditEvents.Add(actor.Did(
            tenant.Id, AuditActions.ConnectionSettingsChanged, domainId is null ? "tenant" : "domain", domainId ?? tenant.Id, name,
            EndpointWords.Of(before), EndpointWords.Of(after)));
        await db.SaveChangesAsync(cancellationToken);
        return ChoosePresetOutcome.Chosen;
    }

    /// <summary>Whether a layer has lines of its own, and the one preset that they follow; null where they are written out or mixed.</summary>
    public static (bool HasOwn, EndpointPreset? Preset) PresetOf(IReadOnlyCollection<MailEndpoint> lines) =>
        lines.Select(line => line.Preset).Distinct().ToList() is [var one] && one != EndpointPreset.Custom ? (true, one) : (lines.Count > 0, null);

    private static IEnumerable<WantedLine> Lines(EndpointPreset? preset) => preset switch
    {
        EndpointPreset.ThisServer => MailProtocols.All.SelectMany(protocol => new[]
        {
            new WantedLine(protocol, EndpointPreset.ThisServer, Security: ConnectionSecurity.ImplicitTls),
            new WantedLine(protocol, EndpointPreset.ThisServer, Security: ConnectionSecurity.StartTls),
        }),
        EndpointPreset.ExchangeOnline => MailProtocols.All.Select(protocol => new WantedLine(protocol, EndpointPreset.ExchangeOnline)),
        _ => [],
    };
}
