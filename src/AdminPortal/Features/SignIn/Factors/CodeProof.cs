using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>
/// Compares the second thing that is asked for: a code of the authenticator app, or a recovery code. Wrong ones count against the account
/// together with wrong passwords, and only a finished sign-in starts the count anew.
/// </summary>
internal sealed class CodeProof(UserManager<PortalUser> users, Authenticators authenticators, RecoveryCodes recoveryCodes, RecentSignIns recent)
{
    /// <returns>What the code makes of a password; null when refused.</returns>
    public async Task<SignInMethod?> VerifyAsync(PortalUser person, string code, CancellationToken cancellationToken)
    {
        var isLocked = await users.IsLockedOutAsync(person);
        if (!isLocked && await TakeAsync(person.Id, code, cancellationToken) is { } method) return method;
        if (!isLocked) await users.AccessFailedAsync(person);
        var result = isLocked ? PortalSignInResult.Throttled : PortalSignInResult.WrongCode;
        await recent.NoteAsync(person.Id, SignInMethod.PasswordAndCode, result, vouchedBy: null, cancellationToken);
        return null;
    }

    // An app's code has digits alone, a recovery code is longer: one field takes either.
    private async Task<SignInMethod?> TakeAsync(Guid person, string typed, CancellationToken cancellationToken)
    {
        var code = string.Concat(typed.Where(c => !char.IsWhiteSpace(c)));
        if (code.Length <= 6) return await authenticators.TakeAsync(person, code, cancellationToken) ? SignInMethod.PasswordAndCode : null;
        return await recoveryCodes.TakeAsync(person, code, cancellationToken) ? SignInMethod.PasswordAndRecoveryCode : null;
    }
}
