using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>
/// Changes the caller's own second factors. A change and its record on the trail stand or fall together; then every other session ends, and
/// this browser gets a new one.
/// </summary>
internal sealed class ChangeOwnFactors(
    OwnFactors factors, Authenticators authenticators, RecoveryCodes recoveryCodes, Passkeys passkeys, UserManager<PortalUser> users,
    CurrentUser user, OwnChange change)
{
    private SignInMethod Method => user.Session!.Method;

    /// <returns>The recovery codes, to be shown this once; null where the code does not fit.</returns>
    public Task<IReadOnlyList<string>?> ConfirmAuthenticatorAsync(string code, CancellationToken cancellationToken)
    {
        var raised = Method == SignInMethod.Password ? SignInMethod.PasswordAndCode : Method;
        return change.MakeAsync(AuditActions.AuthenticatorAdded, raised, async () =>
            await authenticators.ConfirmAsync(user.UserId, string.Concat(code.Where(char.IsAsciiDigit)), cancellationToken)
                ? await recoveryCodes.MakeAsync(user.UserId, cancellationToken)
                : null, cancellationToken);
    }

    public Task RemoveAuthenticatorAsync(CancellationToken cancellationToken)
    {
        var left = Method is SignInMethod.PasswordAndCode or SignInMethod.PasswordAndRecoveryCode ? SignInMethod.Password : Method;
        return change.MakeAsync(AuditActions.AuthenticatorRemoved, left, async () =>
        {
            await authenticators.RemoveAsync(user.UserId, cancellationToken);
            await recoveryCodes.RemoveAsync(user.UserId, cancellationToken);
            return this;
        }, cancellationToken);
    }

    /// <returns>The new codes, to be shown this once; null where no authenticator is set up.</returns>
    public Task<IReadOnlyList<string>?> NewRecoveryCodesAsync(CancellationToken cancellationToken) =>
        change.MakeAsync(AuditActions.RecoveryCodesMade, Method, async () =>
            await authenticators.IsSetUpAsync(user.UserId, cancellationToken) ? await recoveryCodes.MakeAsync(user.UserId, cancellationToken) : null,
            cancellationToken);

    /// <returns>False where the browser's answer does not fit.</returns>
    public async Task<bool> AddPasskeyAsync(string answer, string name, CancellationToken cancellationToken)
    {
        var person = await factors.PersonAsync();
        var raised = Method == SignInMethod.Password ? SignInMethod.Passkey : Method;
        return await change.MakeAsync(
            AuditActions.PasskeyAdded, raised, async () => await passkeys.AddAsync(person, answer, name) ? person : null, cancellationToken) is not null;
    }

    /// <returns>False where the caller has no such passkey.</returns>
    public async Task<bool> RenamePasskeyAsync(byte[] id, string name)
    {
        var person = await factors.PersonAsync();
        if (await users.GetPasskeyAsync(person, id) is not { } passkey) return false;
        passkey.Name = name;
        return (await users.AddOrUpdatePasskeyAsync(person, passkey)).Succeeded;
    }

    /// <inheritdoc cref="RenamePasskeyAsync"/>
    public async Task<bool> RemovePasskeyAsync(byte[] id, CancellationToken cancellationToken)
    {
        var person = await factors.PersonAsync();
        var isLast = (await users.GetPasskeysAsync(person)).Count == 1;
        var left = Method == SignInMethod.Passkey && isLast && !await authenticators.IsSetUpAsync(person.Id, cancellationToken) ? SignInMethod.Password : Method;
        return await change.MakeAsync(
            AuditActions.PasskeyRemoved, left, async () => await RemoveAsync(person, id) ? person : null, cancellationToken) is not null;
    }

    private async Task<bool> RemoveAsync(PortalUser person, byte[] id) =>
        await users.GetPasskeyAsync(person, id) is not null && (await users.RemovePasskeyAsync(person, id)).Succeeded;
}
