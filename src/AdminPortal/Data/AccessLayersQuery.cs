using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Data;

/// <summary>A mailbox with all that decides about its access, and the names of what decides.</summary>
public sealed record MailboxWithLayers(
    Mailbox Mailbox, PodKind PodKind, string TenantName, string DomainName, string? PlanName, AccessLayers Layers)
{
    public AccessDecision Decide(MailProtocol protocol, DateTimeOffset at) => MailAccess.Decide(Layers, protocol, at);
}

/// <summary>Loads access layers for one mailbox or a page of them, in one query.</summary>
public static class AccessLayersQuery
{
    /// <summary>The layers of those mailboxes that the tenant has; unknown ids are absent. Nothing is tracked.</summary>
    public static async Task<IReadOnlyDictionary<Guid, MailboxWithLayers>> LoadAccessLayersAsync(
        this PortalDbContext db, IReadOnlyCollection<Guid> mailboxIds, DateTimeOffset at, CancellationToken cancellationToken)
    {
        var ids = mailboxIds.ToArray();
        return await db.WithLayers(db.Mailboxes.AsNoTracking().Where(m => ids.Contains(m.Id)), at)
            .ToDictionaryAsync(m => m.Mailbox.Id, cancellationToken);
    }

    /// <summary>The same for any selection of mailboxes, as a query: tracking mailboxes to change one, not tracking them to show some.
    /// Exceptions are the ones in force at that moment.</summary>
    public static IQueryable<MailboxWithLayers> WithLayers(this PortalDbContext db, IQueryable<Mailbox> mailboxes, DateTimeOffset at) =>
        from m in mailboxes
        join t in db.Tenants on m.TenantId equals t.Id
        join d in db.Domains on m.DomainId equals d.Id
        join o in db.Pods on m.PodId equals o.Id
        join p in db.Plans on m.PlanId equals p.Id into plans
        from p in plans.DefaultIfEmpty()
        select new MailboxWithLayers(
            m, o.Kind, t.Name, d.Name, p.Name,
            new AccessLayers(
                new AccessSettings(t.Access.Pop3, t.Access.Imap, t.Access.Smtp),
                new AccessSettings(d.Access.Pop3, d.Access.Imap, d.Access.Smtp),
                m.PlanId == null ? null : new AccessSettings(p.Access.Pop3, p.Access.Imap, p.Access.Smtp),
                new AccessSettings(m.Access.Pop3, m.Access.Imap, m.Access.Smtp),
                db.AccessExceptions.Where(x => x.MailboxId == m.Id && x.StartsAt <= at && (x.EndsAt == null || at < x.EndsAt)).ToList()));
}
