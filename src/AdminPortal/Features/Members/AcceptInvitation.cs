using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Features.Members;

/// <summary>An invitation that is open, as whoever holds its link sees it.</summary>
/// <param name="Invitation">The row.</param>
/// <param name="Tenant">Who invites.</param>
/// <param name="Mailbox">The mailbox's address, for its owner.</param>
/// <param name="Account">The account of that name, where there is one already.</param>
internal sealed record OpenInvitation(Invitation Invitation, TenantName Tenant, string? Mailbox, PortalUser? Account);

/// <summary>How accepting ended.</summary>
internal abstract record AcceptOutcome
{
    private AcceptOutcome() { }

    public sealed record Joined(TenantName Tenant, PortalRole Role) : AcceptOutcome;

    /// <summary>Used, too old, withdrawn, or never there: nobody is told which.</summary>
    public sealed record Gone : AcceptOutcome;

    /// <summary>The account of that name must accept it, and nobody else.</summary>
    public sealed record NotYours : AcceptOutcome;

    public sealed record PasswordRefused(IReadOnlyList<IdentityError> Faults) : AcceptOutcome;
}

/// <summary>
/// Takes an invitation. Its secret was found by its hash; from then on the unit of work is the inviting tenant's. The row's version makes it
/// work once: of two who use the link at the same moment, one finds it gone.
/// </summary>
internal sealed class AcceptInvitation(
    CrossTenant crossTenant, TenantScope scope, PortalDbContext db, UserManager<PortalUser> users, AccountPasswords accounts, MailPasswords mailPasswords,
    ChangeFeed feed, CurrentUser caller, Actor actor, TimeProvider time)
{
    /// <returns>Null for a link that leads nowhere, whatever the reason.</returns>
    public async Task<OpenInvitation?> FindAsync(OneTimeSecret? secret, CancellationToken cancellationToken)
    {
        if (secret is null || await crossTenant.FindInvitationAsync(secret.Hash, cancellationToken) is not var (tenantId, id)) return null;
        scope.Enter(tenantId);
        var invitation = await db.Invitations.SingleAsync(i => i.Id == id, cancellationToken);
        if (!invitation.IsOpen(time.GetUtcNow())) return null;

        var tenant = await db.Tenants.Select(t => new TenantName(t.Id, t.Slug, t.Name)).SingleAsync(cancellationToken);
        var mailbox = await db.Mailboxes.SingleOrDefaultAsync(m => m.Id == invitation.MailboxId, cancellationToken);
        return mailbox?.UserId is not null ? null : new(invitation, tenant, mailbox?.Address, await users.FindByNameAsync(invitation.Address));
    }

    /// <summary>Makes an account, with a role or a mailbox, in one transaction.</summary>
    /// <param name="secret">Of the link.</param>
    /// <param name="displayName">What people call them.</param>
    /// <param name="language">Of the pages.</param>
    /// <param name="password">Chosen by the person, for the portal and, with a mailbox, for mail.</param>
    /// <param name="cancellationToken">Gives up; nothing is written.</param>
    public async Task<AcceptOutcome> WithNewAccountAsync(
        OneTimeSecret? secret, string displayName, string language, string password, CancellationToken cancellationToken)
    {
        if (await FindAsync(secret, cancellationToken) is not { } open) return new AcceptOutcome.Gone();
        if (open.Account is not null) return new AcceptOutcome.NotYours();
        var address = open.Invitation.Address;
        var person = new PortalUser
        {
            Id = Guid.CreateVersion7(), UserName = address, Email = address, DisplayName = displayName, Language = language,
            EmailConfirmed = open.Invitation.ProvesAddress,
        };
        if (await accounts.FaultsAsync(person, password) is { Count: > 0 } faults) return new AcceptOutcome.PasswordRefused(faults);

        await TakeAsync(open, person, cancellationToken);
        if (await OwnMailboxAsync(open, cancellationToken) is { } mailbox)
            await mailPasswords.SetAccountPasswordAsync(mailbox, owner: null, password, chosen: true, cancellationToken);
        return await SaveAsync(open, async () => (await users.CreateAsync(person, password)).Errors.ToList());
    }

    /// <summary>Adds a role or a mailbox to the account that is signed in, which must be the one that was invited.</summary>
    public async Task<AcceptOutcome> AsSignedInAsync(OneTimeSecret? secret, CancellationToken cancellationToken)
    {
        if (await FindAsync(secret, cancellationToken) is not { } open) return new AcceptOutcome.Gone();
        if (open.Account is not { } person || !caller.IsAuthenticated || caller.UserId != person.Id) return new AcceptOutcome.NotYours();
        person.EmailConfirmed |= open.Invitation.ProvesAddress;
        await TakeAsync(open, person, cancellationToken);
        return await SaveAsync(open, async () =>
        {
            await db.SaveChangesAsync(cancellationToken);
            return [];
        });
    }

    private async Task TakeAsync(OpenInvitation open, PortalUser person, CancellationToken cancellationToken)
    {
        var invitation = open.Invitation;
        invitation.AcceptedAt = time.GetUtcNow();
        if (await OwnMailboxAsync(open, cancellationToken) is { } mailbox)
        {
            mailbox.UserId = person.Id;
            db.Add(new ChangeFeedEntry { TenantId = mailbox.TenantId, MailboxId = mailbox.Id });
        }
        else if (!await db.Members.AnyAsync(m => m.UserId == person.Id, cancellationToken))
        {
            db.Add(new Member { TenantId = invitation.TenantId, UserId = person.Id, Role = invitation.Role });
        }
        actor.Become(ActorKind.User, person.Id, person.UserName!);
        db.Add(actor.Did(invitation.TenantId, AuditActions.MemberJoined, "member", person.Id, invitation.Address, after: new { invitation.Role, open.Mailbox }));
    }

    private async Task<AcceptOutcome> SaveAsync(OpenInvitation open, Func<Task<List<IdentityError>>> save)
    {
        try
        {
            if (await save() is { Count: > 0 } faults) return new AcceptOutcome.PasswordRefused(faults);
        }
        catch (DbUpdateConcurrencyException)
        {
            return new AcceptOutcome.Gone();
        }
        catch (DbUpdateException exception) when (exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // The account was made by another invitation at the same moment.
            return new AcceptOutcome.NotYours();
        }
        // Sessions of mail programs that know an earlier password end.
        if (open.Invitation.MailboxId is { } mailbox) await feed.PublishAsync(new(open.Tenant.Id, mailbox), CancellationToken.None);
        return new AcceptOutcome.Joined(open.Tenant, open.Invitation.Role);
    }

    private async Task<Mailbox?> OwnMailboxAsync(OpenInvitation open, CancellationToken cancellationToken) =>
        open.Invitation.MailboxId is { } id ? await db.Mailboxes.SingleAsync(m => m.Id == id, cancellationToken) : null;
}
