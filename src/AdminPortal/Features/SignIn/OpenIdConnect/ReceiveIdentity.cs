using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.OpenIdConnect;

/// <summary>
/// Finds or makes the person whom a tenant's issuer vouches for, and gives them what the claims say at this moment: a role, or the mailbox
/// whose address they have proved to own. The unit of work is in the tenant.
/// </summary>
/// <remarks>
/// A person is known again by issuer and subject within the tenant, and by nothing else; a proved address only leads to somebody who
/// belongs to this very tenant already. Whoever runs the issuer can make it say anything: that must not reach beyond the tenant, so the
/// session is good here alone, and an account that administers the platform is never lent to it.
/// </remarks>
internal sealed class ReceiveIdentity(PortalDbContext db, UserManager<PortalUser> users, CurrentTenant tenant, Actor actor)
{
    /// <returns>The person, or null for somebody who is nothing here.</returns>
    public async Task<PortalUser?> HandleAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await OneAtATimeAsync(identity, cancellationToken);
        var person = await RememberedAsync(identity, cancellationToken) ?? await AdoptAsync(identity, cancellationToken);
        if (person is null or { IsPlatformAdmin: true }) return null;

        actor.Become(ActorKind.User, person.Id, person.UserName!);
        await FollowClaimsAsync(person, identity, cancellationToken);
        await OwnMailboxAsync(person, identity, cancellationToken);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return await BelongsHereAsync(person, cancellationToken) ? person : null;
    }

    // Two tabs of one newcomer must not make two people.
    private Task OneAtATimeAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        var name = Encoding.UTF8.GetBytes($"{tenant.Id} {identity.Provider.Issuer} {identity.Subject}");
        var key = BitConverter.ToInt64(SHA256.HashData(name));
        return db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({key})", cancellationToken);
    }

    private Task<PortalUser?> RememberedAsync(VouchedIdentity identity, CancellationToken cancellationToken) =>
        db.SignInLinks.Where(l => l.Issuer == identity.Provider.Issuer && l.Subject == identity.Subject)
            .Join(db.Users, l => l.UserId, u => u.Id, (_, u) => u).SingleOrDefaultAsync(cancellationToken);

    private async Task<PortalUser?> AdoptAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        var person = await OfAddressAsync(identity, cancellationToken);
        if (person is null && identity.Role is null && await MailboxOfAsync(identity, cancellationToken) is null) return null;
        if (person is { IsPlatformAdmin: true }) return null;
        person ??= await NewcomerAsync(identity);
        db.Add(new SignInLink { TenantId = tenant.Id, ProviderId = identity.Provider.Id, Issuer = identity.Provider.Issuer, Subject = identity.Subject, UserId = person.Id });
        return person;
    }

    /// <summary>Who owns that mailbox of the tenant, or is a member under that name; nobody whom the issuer calls by another subject already.</summary>
    private async Task<PortalUser?> OfAddressAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        if (identity.Address is null) return null;
        var owner = (await MailboxOfAsync(identity, cancellationToken))?.UserId;
        var name = users.NormalizeName(identity.Address);
        return await db.Users
            .Where(u => u.Id == owner || (u.NormalizedUserName == name && db.Members.Any(m => m.UserId == u.Id)))
            .Where(u => !db.SignInLinks.Any(l => l.UserId == u.Id && l.ProviderId == identity.Provider.Id))
            .OrderByDescending(u => u.Id == owner).FirstOrDefaultAsync(cancellationToken);
    }

    private async Task<Mailbox?> MailboxOfAsync(VouchedIdentity identity, CancellationToken cancellationToken)
    {
        if (identity.Address is not { } address) return null;
        return await db.Mailboxes.SingleOrDefaultAsync(m => m.Address == address, cancellationToken)
            ?? await db.Mailboxes.SingleOrDefaultAsync(m => m.Aliases.Any(a => a.Address == address), cancellationToken);
    }

    // Not an address: nobody can be invited under this name, nor sign in with it, and it takes no name from anybody.
    private async Task<PortalUser> NewcomerAsync(VouchedIdentity identity)
    {
        var name = $"{identity.Address ?? identity.CalledBy} ({tenant.Slug}: {identity.Provider.Name})";
        if (await users.FindByNameAsync(name) is not null) name = $"{name} {Guid.CreateVersion7():N}";
        var person = new PortalUser { Id = Guid.CreateVersion7(), UserName = name, DisplayName = identity.CalledBy };
        var made = await users.CreateAsync(person);
        return made.Succeeded ? person : throw new InvalidOperationException(string.Join(' ', made.Errors.Select(e => e.Code)));
    }

    /// <summary>A role that claims gave goes with the claims; one that an administrator gave is the administrator's affair.</summary>
    private async Task FollowClaimsAsync(PortalUser person, VouchedIdentity identity, CancellationToken cancellationToken)
    {
        var member = await db.Members.SingleOrDefaultAsync(m => m.UserId == person.Id, cancellationToken);
        if (member is not null && member.ProviderId != identity.Provider.Id) return;
        var before = member?.Role;
        if (before == identity.Role) return;

        if (member is null) db.Add(new Member { TenantId = tenant.Id, UserId = person.Id, Role = identity.Role!.Value, ProviderId = identity.Provider.Id });
        else if (identity.Role is { } role) member.Role = role;
        else db.Remove(member);
        db.Add(actor.Did(
            tenant.Id, AuditActions.RoleByClaims, "user", person.Id, person.UserName!,
            new { role = before }, new { role = identity.Role, provider = identity.Provider.Name }));
    }

    // A mailbox without an owner gets one; and an address that the issuer calls somebody else's now goes over to them.
    private async Task OwnMailboxAsync(PortalUser person, VouchedIdentity identity, CancellationToken cancellationToken)
    {
        if (await MailboxOfAsync(identity, cancellationToken) is not { } mailbox || mailbox.UserId == person.Id) return;
        if (mailbox.UserId is { } owner && !await db.SignInLinks.AnyAsync(l => l.UserId == owner && l.ProviderId == identity.Provider.Id, cancellationToken)) return;
        mailbox.UserId = person.Id;
        db.Add(actor.Did(
            tenant.Id, AuditActions.MailboxOwnerByAddress, "mailbox", mailbox.Id, mailbox.Address, after: new { owner = person.UserName, provider = identity.Provider.Name }));
    }

    private async Task<bool> BelongsHereAsync(PortalUser person, CancellationToken cancellationToken) =>
        await db.Members.AnyAsync(m => m.UserId == person.Id, cancellationToken) || await db.Mailboxes.AnyAsync(m => m.UserId == person.Id, cancellationToken);
}
