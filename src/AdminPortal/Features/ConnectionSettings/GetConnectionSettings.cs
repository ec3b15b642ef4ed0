using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.ConnectionSettings;

/// <summary>What the user of one mailbox has to type in at one moment.</summary>
internal sealed record MailboxConnection(MailboxWithLayers With, IReadOnlyList<ConnectionLine> Lines, DateTimeOffset At)
{
    public Mailbox Mailbox => With.Mailbox;

    public AccessDecision this[MailProtocol protocol] => With.Decide(protocol, At);

    /// <summary>The hash of the facts behind the representation: one state has one tag in every language.</summary>
    public string Tag()
    {
        var facts = new StringBuilder($"{Mailbox.Id} {Mailbox.Address}");
        foreach (var line in Lines) facts.Append($"\n{line}");
        foreach (var decision in MailProtocols.All.Select(protocol => this[protocol]))
            facts.Append($"\n{decision.Protocol} {decision.Allowed} {decision.DecidedBy} {decision.Exception?.Id} {decision.Exception?.Version}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(facts.ToString()))[..16]);
    }
}

internal sealed class GetConnectionSettings(PortalDbContext db, IOptions<MailServerAddresses> own, TimeProvider time)
{
    /// <param name="mailbox">An address or an id.</param>
    /// <param name="cancellationToken">Gives up waiting for the database.</param>
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public Task<MailboxConnection?> FindAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.AsNoTracking().Named(mailbox), cancellationToken);

    /// <summary>The same with the mailbox tracked, so that it can be changed.</summary>
    public Task<MailboxConnection?> FindToChangeAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.Named(mailbox), cancellationToken);

    private async Task<MailboxConnection?> FindAsync(IQueryable<Mailbox> wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (await db.WithLayers(wanted, now).SingleOrDefaultAsync(cancellationToken) is not { } found) return null;
        return new(found, await db.ConnectionLinesOfAsync(found.Mailbox, found.PodKind, own.Value, cancellationToken), now);
    }
}
