using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn.Passwords;

/// <summary>How changing one's own password can end.</summary>
internal abstract record ChangePasswordOutcome
{
    public sealed record Changed : ChangePasswordOutcome;

    public sealed record WrongPresent : ChangePasswordOutcome;

    /// <summary>Too many attempts: the present password was not looked at.</summary>
    public sealed record HeldOff(TimeSpan Wait) : ChangePasswordOutcome;

    /// <summary>The new one may not be used; each reason is a sentence in the reader's language.</summary>
    public sealed record Unfit(IReadOnlyList<string> Reasons) : ChangePasswordOutcome;
}

/// <summary>
/// Changes the caller's own password. The owner of a mailbox has one account password for portal and mail, so both are set. Every other
/// session ends, and this browser gets a new one.
/// </summary>
internal sealed class ChangeOwnPassword(PasswordProof passwords, AccountPasswords accounts, OwnFactors factors, CurrentUser user, OwnChange change)
{
    public async Task<ChangePasswordOutcome> HandleAsync(string? present, string wanted, CancellationToken cancellationToken)
    {
        var person = await factors.PersonAsync();
        if (person.PasswordHash is not null && await WhyNotAsync(present, cancellationToken) is { } refused) return refused;
        if (await accounts.FaultsAsync(person, wanted) is { Count: > 0 } faults)
            return new ChangePasswordOutcome.Unfit([.. faults.Select(fault => fault.Description)]);

        return await change.MakeAsync<ChangePasswordOutcome>(AuditActions.PasswordChanged, user.Session!.Method, async () =>
        {
            await accounts.SetForMailAsync(person, wanted, cancellationToken);
            accounts.Set(person, wanted);
            return new ChangePasswordOutcome.Changed();
        }, cancellationToken) ?? throw new InvalidOperationException("A password is always changed or refused.");
    }

    private async Task<ChangePasswordOutcome?> WhyNotAsync(string? present, CancellationToken cancellationToken) =>
        await passwords.VerifyAsync(user.Name, present ?? "", cancellationToken) switch
        {
            PasswordOutcome.Right => null,
            PasswordOutcome.HeldOff(var wait) => new ChangePasswordOutcome.HeldOff(wait),
            _ => new ChangePasswordOutcome.WrongPresent(),
        };
}
