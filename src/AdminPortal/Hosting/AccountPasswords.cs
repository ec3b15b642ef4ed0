using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Hosting;

/// <summary>
/// Sets the account password of a person, which is one password for two doors: the portal, and the mail of every mailbox that the person
/// owns. Whoever sets it says so before, because mail programs must be told.
/// </summary>
internal sealed class AccountPasswords(
    UserManager<PortalUser> users, IPasswordHasher<PortalUser> hasher, CrossTenant crossTenant, IServiceScopeFactory scopes, Actor actor)
{
    /// <summary>What is wrong with a password, by the policy that holds now; empty where it will do.</summary>
    public async Task<IReadOnlyList<IdentityError>> FaultsAsync(PortalUser user, string password)
    {
        var faults = new List<IdentityError>();
        foreach (var validator in users.PasswordValidators)
            if (await validator.ValidateAsync(users, user, password) is { Succeeded: false } refusal) faults.AddRange(refusal.Errors);
        return faults;
    }

    /// <summary>
    /// The portal's part: the hash, a new security stamp, which ends every session, and no lock-out any more. The caller saves, after
    /// <see cref="SetForMailAsync"/>.
    /// </summary>
    public void Set(PortalUser user, string password)
    {
        user.PasswordHash = hasher.HashPassword(user, password);
        user.SecurityStamp = Guid.CreateVersion7().ToString("N");
        (user.AccessFailedCount, user.LockoutEnd) = (0, null);
    }

    /// <summary>
    /// The mail's part, in a unit of work for each tenant where the person owns mailboxes. It is done first: a crash in between leaves the
    /// link good, and doing it again does no harm.
    /// </summary>
    public async Task SetForMailAsync(PortalUser user, string password, CancellationToken cancellationToken)
    {
        foreach (var membership in await crossTenant.MembershipsOfAsync(user.Id, cancellationToken))
            if (membership.MailboxId is not null) await SetInAsync(membership.Tenant.Id, user, password, cancellationToken);
    }

    private async Task SetInAsync(Guid tenantId, PortalUser user, string password, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var services = scope.ServiceProvider;
        services.GetRequiredService<TenantScope>().Enter(tenantId);
        var mailboxes = await services.GetRequiredService<PortalDbContext>().Mailboxes.Where(m => m.UserId == user.Id).ToListAsync(cancellationToken);
        foreach (var mailbox in mailboxes)
        {
            await services.GetRequiredService<MailPasswords>().SetAccountPasswordAsync(mailbox, owner: null, password, chosen: true, cancellationToken);
            var record = actor.Did(tenantId, AuditActions.MailboxPasswordSet, "mailbox", mailbox.Id, mailbox.Address, after: new { password = "changed" });
            // Sessions that were opened with the old password end.
            await services.GetRequiredService<RecordedChange>().SaveAsync(record, new AccessChange(tenantId, mailbox.Id), "", cancellationToken);
        }
    }
}
