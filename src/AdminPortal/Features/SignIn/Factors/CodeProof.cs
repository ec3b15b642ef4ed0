using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>How comparing a code ended.</summary>
internal abstract record CodeOutcome
{
    private CodeOutcome() { }

    /// <summary>What the code makes of a password.</summary>
    public sealed record Right(SignInMethod Method) : CodeOutcome;

    public sealed record Wrong : CodeOutcome;

    public sealed record HeldOff(TimeSpan Wait) : CodeOutcome;
}

/// <summary>
/// Compares the second thing that is asked for: a code of the authenticator app, or a recovery code. Wrong ones count at the throttle
/// together with wrong passwords.
/// </summary>
internal sealed class CodeProof(
    Authenticators authenticators, RecoveryCodes recoveryCodes, RecentSignIns recent, Refusals refusals, SignInThrottle throttle, Actor actor)
{
    public async Task<CodeOutcome> VerifyAsync(PortalUser person, string code, CancellationToken cancellationToken)
    {
        await using var turn = await throttle.AskForCodeAsync(Door.Portal, person.UserName!, actor.Origin(), cancellationToken);
        if (turn.HeldOffFor is { } wait) return new CodeOutcome.HeldOff(wait);
        if (await TakeAsync(person.Id, code, cancellationToken) is { } method)
        {
            // Whoever begins a session by it tells the throttle that the person is in.
            await turn.RightAsync(cancellationToken, entered: false);
            return new CodeOutcome.Right(method);
        }

        var later = await turn.WrongAsync(cancellationToken);
        await recent.NoteAsync(person.Id, SignInMethod.PasswordAndCode, PortalSignInResult.WrongCode, vouchedBy: null, cancellationToken);
        await refusals.OfSignInAsync(person.Id, person.UserName!, RefusalReasons.WrongCode, cancellationToken);
        return later is { } time ? new CodeOutcome.HeldOff(time) : new CodeOutcome.Wrong();
    }

    // An app's code has digits alone, a recovery code is longer: one field takes either.
    private async Task<SignInMethod?> TakeAsync(Guid person, string typed, CancellationToken cancellationToken)
    {
        var code = string.Concat(typed.Where(c => !char.IsWhiteSpace(c)));
        if (code.Length <= 6) return await authenticators.TakeAsync(person, code, cancellationToken) ? SignInMethod.PasswordAndCode : null;
        return await recoveryCodes.TakeAsync(person, code, cancellationToken) ? SignInMethod.PasswordAndRecoveryCode : null;
    }
}
