using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>How much a mailbox holds and may hold.</summary>
/// <param name="Used">Octets of its messages.</param>
/// <param name="Limit">Octets that it may hold: what is more is refused at delivery, by APPEND and by COPY.</param>
/// <param name="Setting">Its own; null where it inherits.</param>
/// <param name="DecidedBy">Who said so.</param>
internal sealed record StorageAnswer(long Used, long Limit, long? Setting, AdvisedBy DecidedBy);

internal sealed class GetStorage(PortalDbContext db, IOptions<LimitsOptions> limits)
{
    public long InstallationLimit => limits.Value.Mailboxes.Octets;

    /// <returns>Null where the tenant has no such mailbox.</returns>
    public async Task<StorageAnswer?> FindAsync(string mailbox, CancellationToken cancellationToken)
    {
        var found = await db.Mailboxes.AsNoTracking().Named(mailbox)
            .Select(m => new
            {
                m.Quota,
                OfPlan = db.Plans.Where(p => p.Id == m.PlanId).Select(p => p.Quota).FirstOrDefault(),
                Used = db.MailFolders.Where(f => f.MailboxId == m.Id).Sum(f => f.Octets),
            })
            .SingleOrDefaultAsync(cancellationToken);
        return found switch
        {
            null => null,
            { Quota: { } own } => new(found.Used, own, own, AdvisedBy.Mailbox),
            { OfPlan: { } plan } => new(found.Used, plan, null, AdvisedBy.Plan),
            _ => new(found.Used, InstallationLimit, null, AdvisedBy.Default),
        };
    }
}

/// <summary>Octets in words, in the reader's language.</summary>
internal static class OctetWords
{
    private const long Mega = 1024 * 1024;

    /// <summary><c>3.5 GB</c>; unit names are keys of the room's texts.</summary>
    public static string Say(long octets, Func<string, string> text) => octets switch
    {
        < 1024 => $"{octets} {text("UnitB")}",
        < Mega => $"{octets / 1024m:0.#} {text("UnitKB")}",
        < 1024 * Mega => $"{octets / (decimal)Mega:0.#} {text("UnitMB")}",
        _ => $"{octets / (1024m * Mega):0.#} {text("UnitGB")}",
    };
}
