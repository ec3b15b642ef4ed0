using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.MailAccess;

/// <summary>What one mailbox may use at one moment, and who decided it.</summary>
public sealed record MailboxAccess(MailboxWithLayers With, DateTimeOffset At)
{
    public Mailbox Mailbox => With.Mailbox;

    public AccessDecision this[MailProtocol protocol] => With.Decide(protocol, At);

    /// <summary>
    /// The hash of all that the representation says, so that whatever changes an answer (a plan, an exception's end) changes its tag. Taken of
    /// the facts rather than of the sentences: one state has one tag in every language.
    /// </summary>
    public string Tag() => Hash(Data.MailAccess.Protocols);

    /// <summary>The same of one protocol: who switches POP3 does not mind that IMAP4 was switched meanwhile.</summary>
    public string TagOf(MailProtocol protocol) => Hash([protocol]);

    private string Hash(IEnumerable<MailProtocol> protocols)
    {
        var facts = new StringBuilder(Mailbox.Id.ToString());
        foreach (var protocol in protocols)
        {
            var decision = this[protocol];
            facts.Append($"\n{protocol} {Mailbox.Access[protocol]} {decision.Allowed} {decision.DecidedBy} {LayerName(decision.DecidedBy)}");
            facts.Append($" {decision.Exception?.Id} {decision.Exception?.Version}");
        }
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts.ToString()))[..16]);
    }

    /// <summary>What the layer is called; null for an exception, which has a reason instead of a name.</summary>
    public string? LayerName(DecidedBy layer) => layer switch
    {
        DecidedBy.Mailbox => Mailbox.Address,
        DecidedBy.Plan => With.PlanName,
        DecidedBy.Domain => With.DomainName,
        DecidedBy.Tenant => With.TenantName,
        _ => null,
    };
}

/// <summary>Answers what a mailbox may use, in one round trip.</summary>
public sealed class GetMailAccess(PortalDbContext db, TimeProvider time)
{
    /// <param name="mailbox">An address or an id.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public Task<MailboxAccess?> FindAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.AsNoTracking().Named(mailbox), cancellationToken);

    /// <summary>The same with the mailbox tracked, so that it can be changed.</summary>
    internal Task<MailboxAccess?> FindToChangeAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.Named(mailbox), cancellationToken);

    private async Task<MailboxAccess?> FindAsync(IQueryable<Mailbox> wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var found = await db.WithLayers(wanted, now).SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : new(found, now);
    }
}

internal static class MailboxByName
{
    /// <summary>The mailbox with that id or primary address. An address that is none names nobody.</summary>
    public static IQueryable<Mailbox> Named(this IQueryable<Mailbox> mailboxes, string addressOrId)
    {
        if (Guid.TryParse(addressOrId, out var id)) return mailboxes.Where(m => m.Id == id);
        var address = MailAddressName.Normalise(addressOrId) ?? "";
        return mailboxes.Where(m => m.Address == address);
    }
}
