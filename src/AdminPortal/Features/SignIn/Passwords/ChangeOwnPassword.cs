using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Passwords;

/// <summary>How changing one's own password can end.</summary>
internal abstract record ChangePasswordOutcome
{
    public sealed record Changed : ChangePasswordOutcome;

    /// <summary>The present password is not that one, or there were too many attempts.</summary>
    public sealed record WrongPresent : ChangePasswordOutcome;

    /// <summary>The new one may not be used; each reason is a sentence in the reader's language.</summary>
    public sealed record Unfit(IReadOnlyList<string> Reasons) : ChangePasswordOutcome;
}

/// <summary>
/// Changes the caller's own password. The owner of a mailbox has one account password for portal and mail, so both are set. Every other
/// session ends, and this browser gets a new one.
/// </summary>
internal sealed class ChangeOwnPassword(
    PasswordProof passwords, OwnFactors factors, UserManager<PortalUser> users, CurrentUser user, Actor actor, OwnChange change,
    IServiceScopeFactory scopes)
{
    public async Task<ChangePasswordOutcome> HandleAsync(string? present, string wanted, CancellationToken cancellationToken)
    {
        var person = await factors.PersonAsync();
        if (person.PasswordHash is not null && (present is null || await passwords.VerifyAsync(user.Name, present, cancellationToken) is null))
            return new ChangePasswordOutcome.WrongPresent();
        if (await ReasonsAgainstAsync(person, wanted) is { Count: > 0 } reasons) return new ChangePasswordOutcome.Unfit(reasons);

        return await change.MakeAsync<ChangePasswordOutcome>(AuditActions.PasswordChanged, user.Session!.Method, async () =>
        {
            await SetAsync(person, wanted);
            foreach (var own in user.OwnMailboxes) await SetForMailAsync(own, wanted, cancellationToken);
            return new ChangePasswordOutcome.Changed();
        }, cancellationToken) ?? throw new InvalidOperationException("A password is always changed or refused.");
    }

    private async Task<List<string>> ReasonsAgainstAsync(PortalUser person, string wanted)
    {
        var reasons = new List<string>();
        foreach (var rules in users.PasswordValidators)
            reasons.AddRange((await rules.ValidateAsync(users, person, wanted)).Errors.Select(error => error.Description));
        return reasons;
    }

    // The rules were asked already; a new stamp is what makes every earlier cookie worthless.
    private async Task SetAsync(PortalUser person, string wanted)
    {
        person.PasswordHash = users.PasswordHasher.HashPassword(person, wanted);
        var saved = await users.UpdateSecurityStampAsync(person);
        if (!saved.Succeeded) throw new InvalidOperationException($"The password was not stored: {string.Join(' ', saved.Errors.Select(error => error.Code))}");
    }

    // A unit of work never changes its tenant, so each mailbox gets one of its own.
    private async Task SetForMailAsync(OwnMailbox own, string wanted, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(own.Tenant.Id);
        var mailbox = await scope.ServiceProvider.GetRequiredService<PortalDbContext>().Mailboxes.SingleAsync(m => m.Id == own.MailboxId, cancellationToken);
        await scope.ServiceProvider.GetRequiredService<MailPasswords>().SetAccountPasswordAsync(mailbox, owner: null, wanted, chosen: true, cancellationToken);
        var done = actor.Did(own.Tenant.Id, AuditActions.MailboxPasswordSet, "mailbox", mailbox.Id, mailbox.Address);
        await scope.ServiceProvider.GetRequiredService<RecordedChange>().SaveAsync(done, new AccessChange(own.Tenant.Id, mailbox.Id), "", cancellationToken);
    }
}
