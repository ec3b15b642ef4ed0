using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Reset;

/// <summary>How setting a new password by a link ended.</summary>
internal abstract record ResetOutcome
{
    private ResetOutcome() { }

    public sealed record Done : ResetOutcome;

    /// <summary>Used, too old, or never there: nobody is told which.</summary>
    public sealed record Gone : ResetOutcome;

    public sealed record Refused(IReadOnlyList<IdentityError> Faults) : ResetOutcome;
}

/// <summary>A link that is good, as its holder sees it.</summary>
/// <param name="Name">Whose password it is.</param>
/// <param name="OwnsMailbox">It is a mailbox's password, too.</param>
internal sealed record OpenReset(string Name, bool OwnsMailbox);

/// <summary>
/// Sets a new password by a link that works once. Every session of the person ends, and every other link; a second factor stays asked for.
/// For the owner of a mailbox it is the password of both doors, so mail programs must be told.
/// </summary>
internal sealed class ResetPassword(
    PortalDbContext db, UserManager<PortalUser> users, AccountPasswords accounts, Sessions sessions, PersonTrail trail, CrossTenant crossTenant,
    Actor actor, TimeProvider time)
{
    /// <returns>Null for a link that leads nowhere, whatever the reason.</returns>
    public async Task<OpenReset?> FindAsync(OneTimeSecret? secret, CancellationToken cancellationToken)
    {
        if (secret is null) return null;
        var now = time.GetUtcNow();
        var person = await (
            from reset in db.PasswordResets
            where reset.TokenHash == secret.Hash && reset.UsedAt == null && reset.ExpiresAt > now
            join user in db.Users on reset.UserId equals user.Id
            select new { user.Id, user.UserName }).SingleOrDefaultAsync(cancellationToken);
        if (person is null) return null;
        var memberships = await crossTenant.MembershipsOfAsync(person.Id, cancellationToken);
        return new(person.UserName!, memberships.Any(m => m.MailboxId is not null));
    }

    public async Task<ResetOutcome> SetAsync(OneTimeSecret? secret, string password, CancellationToken cancellationToken)
    {
        if (secret is null) return new ResetOutcome.Gone();
        await using var work = await db.Database.BeginTransactionAsync(cancellationToken);
        // Locked, so that of two who use the link at the same moment the second finds it used.
        var reset = (await db.PasswordResets.FromSql($"SELECT * FROM password_reset WHERE token_hash = {secret.Hash} FOR UPDATE").ToListAsync(cancellationToken)).SingleOrDefault();
        if (reset is not { UsedAt: null, UserId: { } userId } || reset.ExpiresAt <= time.GetUtcNow()) return new ResetOutcome.Gone();
        var person = await db.Users.SingleAsync(u => u.Id == userId, cancellationToken);
        if (await accounts.FaultsAsync(person, password) is { Count: > 0 } faults) return new ResetOutcome.Refused(faults);

        actor.Become(ActorKind.User, person.Id, person.UserName!);
        await trail.WriteAsync(person.Id, person.UserName!, AuditActions.PasswordReset, cancellationToken);
        await accounts.SetForMailAsync(person, password, cancellationToken);
        accounts.Set(person, password);
        // The link went to the account's address, and came back.
        person.EmailConfirmed |= reset.RemoteAddress is not null;
        await EndAsync(person, cancellationToken);
        var saved = await users.UpdateAsync(person);
        if (!saved.Succeeded) return new ResetOutcome.Refused([.. saved.Errors]);
        await work.CommitAsync(cancellationToken);
        return new ResetOutcome.Done();
    }

    private async Task EndAsync(PortalUser person, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await db.PasswordResets.Where(r => r.UserId == person.Id && r.UsedAt == null).ExecuteUpdateAsync(r => r.SetProperty(x => x.UsedAt, now), cancellationToken);
        await sessions.EndAllAsync(person.Id, but: null, cancellationToken);
    }
}
