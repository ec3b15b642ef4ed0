using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Preferences = AdminPortal.Data.ClientPreferences;

namespace AdminPortal.Features.ClientPreferences;

/// <summary>How the mail program of one mailbox is best set up, and who says so.</summary>
internal sealed record MailboxAdvice(Mailbox Mailbox, ClientAdvice Advice)
{
    public string Tag() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Mailbox.Id} {Advice}"))[..16]);
}

internal sealed class GetClientPreferences(PortalDbContext db)
{
    /// <returns>Null where the tenant has no such mailbox.</returns>
    public Task<MailboxAdvice?> FindAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.AsNoTracking().Named(mailbox), cancellationToken);

    /// <summary>The same with the mailbox tracked, so that it can be changed.</summary>
    public Task<MailboxAdvice?> FindToChangeAsync(string mailbox, CancellationToken cancellationToken) =>
        FindAsync(db.Mailboxes.Named(mailbox), cancellationToken);

    private async Task<MailboxAdvice?> FindAsync(IQueryable<Mailbox> wanted, CancellationToken cancellationToken)
    {
        var found = await (
            from mailbox in wanted
            join plan in db.Plans on mailbox.PlanId equals plan.Id into plans
            from plan in plans.DefaultIfEmpty()
            select new { mailbox, plan }).SingleOrDefaultAsync(cancellationToken);
        return found is null ? null : new(found.mailbox, ClientAdvice.For(found.mailbox.Preferences, found.plan?.Preferences));
    }
}

internal abstract record SetClientPreferencesOutcome
{
    private SetClientPreferencesOutcome() { }

    public sealed record Done(MailboxAdvice Now) : SetClientPreferencesOutcome;

    public sealed record Conflict(MailboxAdvice Current) : SetClientPreferencesOutcome;

    public sealed record NotFound : SetClientPreferencesOutcome;
}

internal sealed class SetClientPreferences(PortalDbContext db, GetClientPreferences get, Actor actor, TimeProvider time)
{
    private const int Attempts = 4;

    /// <param name="mailbox">An address or an id.</param>
    /// <param name="change">Makes the wanted preferences of the present ones.</param>
    /// <param name="isExpected">What the caller believes the current state's tag to be.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    /// <param name="quota">Makes the wanted quota of the present one; null leaves it.</param>
    public async Task<SetClientPreferencesOutcome> HandleAsync(
        string mailbox, Func<Preferences, Preferences> change, Func<string, bool> isExpected, CancellationToken cancellationToken, Func<long?, long?>? quota = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await get.FindToChangeAsync(mailbox, cancellationToken) is not { } found) return new SetClientPreferencesOutcome.NotFound();
            if (!isExpected(found.Tag())) return new SetClientPreferencesOutcome.Conflict(found);
            if (!ChangeAndRecord(found.Mailbox, change(found.Mailbox.Preferences), quota is null ? found.Mailbox.Quota : quota(found.Mailbox.Quota)))
                return new SetClientPreferencesOutcome.Done(found);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                return await get.FindAsync(found.Mailbox.Id.ToString(), cancellationToken) is { } now
                    ? new SetClientPreferencesOutcome.Done(now)
                    : new SetClientPreferencesOutcome.NotFound();
            }
            catch (DbUpdateConcurrencyException) when (attempt < Attempts)
            {
                db.ChangeTracker.Clear();
            }
        }
    }

    private bool ChangeAndRecord(Mailbox mailbox, Preferences wanted, long? quota)
    {
        var (before, held) = (mailbox.Preferences, mailbox.Quota);
        if (wanted == before && quota == held) return false;
        (mailbox.Preferences, mailbox.Quota, mailbox.UpdatedAt) = (wanted, quota, time.GetUtcNow());
        if (wanted != before)
            db.AuditEvents.Add(actor.Did(mailbox.TenantId, AuditActions.ClientPreferencesChanged, "mailbox", mailbox.Id, mailbox.Address, before, wanted));
        if (quota != held)
            db.AuditEvents.Add(actor.Did(
                mailbox.TenantId, AuditActions.MailboxChanged, "mailbox", mailbox.Id, mailbox.Address, new { Quota = held }, new { Quota = quota }));
        return true;
    }
}
