using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// Compares passwords. Every refusal is the same: unknown name, wrong password, an account without one. One password is hashed in each case,
/// and each takes as long. Whoever is held off is told so before anything is looked at, whether the name exists or not.
/// </summary>
internal sealed class PasswordProof(
    UserManager<PortalUser> users, DummyPassword dummy, RecentSignIns recent, Refusals refusals, SignInThrottle throttle, HashQueue hashing, Actor actor)
{
    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(1);

    public async Task<PasswordOutcome> VerifyAsync(string name, string password, CancellationToken cancellationToken)
    {
        await using var turn = await throttle.AskAsync(Door.Portal, name, actor.Origin(), password, cancellationToken);
        if (turn.HeldOffFor is { } wait) return new PasswordOutcome.HeldOff(wait);
        var person = await users.FindByNameAsync(name.Trim());
        if (await FitsAsync(person, password, cancellationToken) is not { } fits) return new PasswordOutcome.HeldOff(Busy);
        if (fits)
        {
            // Whether that lets the person in is still to be seen: there may be a second factor.
            await turn.RightAsync(cancellationToken, entered: false);
            return new PasswordOutcome.Right(person!);
        }

        if (person is not null) await NoteAsync(person, cancellationToken);
        var later = await turn.WrongAsync(cancellationToken);
        return later is { } time ? new PasswordOutcome.HeldOff(time) : new PasswordOutcome.Wrong();
    }

    // Before the turn is told: a refusal takes so long that this does not show.
    private async Task NoteAsync(PortalUser person, CancellationToken cancellationToken)
    {
        await recent.NoteAsync(person.Id, SignInMethod.Password, PortalSignInResult.WrongPassword, vouchedBy: null, cancellationToken);
        await refusals.OfSignInAsync(person.Id, person.UserName!, RefusalReasons.WrongPassword, cancellationToken);
    }

    /// <returns>Null where too many are waiting for a processor.</returns>
    private async Task<bool?> FitsAsync(PortalUser? person, string password, CancellationToken cancellationToken)
    {
        using var processor = await hashing.EnterAsync(cancellationToken);
        if (processor is null) return null;
        if (person?.PasswordHash is not null) return await users.CheckPasswordAsync(person, password);
        dummy.Verify(password);
        return false;
    }
}

internal abstract record PasswordOutcome
{
    private PasswordOutcome() { }

    public sealed record Right(PortalUser Person) : PasswordOutcome;

    /// <summary>Right, and not all that is asked for: the person is not signed in yet.</summary>
    public sealed record AsksForCode : PasswordOutcome;

    public sealed record Wrong : PasswordOutcome;

    /// <summary>Nothing is said about name and password.</summary>
    public sealed record HeldOff(TimeSpan Wait) : PasswordOutcome;
}

/// <summary>Signing in with a name and a password. Whether a second factor is asked for is told to whoever has the right password only.</summary>
internal sealed class SignInByPassword(PasswordProof passwords, Authenticators authenticators, SecondStep secondStep, BeginSession begin)
{
    /// <returns>The person is signed in where it is <see cref="PasswordOutcome.Right"/>.</returns>
    public async Task<PasswordOutcome> SignInAsync(string name, string password, CancellationToken cancellationToken)
    {
        var outcome = await passwords.VerifyAsync(name, password, cancellationToken);
        if (outcome is not PasswordOutcome.Right(var person)) return outcome;
        if (await authenticators.IsSetUpAsync(person.Id, cancellationToken))
        {
            await secondStep.AskAsync(person);
            return new PasswordOutcome.AsksForCode();
        }
        await begin.HandleAsync(person, SignInMethod.Password, vouchedBy: null, cancellationToken);
        return outcome;
    }
}

internal enum SignInOutcome { Refused, AsksForCode, SignedIn }

/// <summary>What the password of nobody is compared with, so that an unknown name costs what a known one does.</summary>
internal sealed class DummyPassword(IServiceScopeFactory scopes)
{
    private static readonly PortalUser Nobody = new();
    private readonly Lazy<string> hash = new(() => Hasher(scopes, hasher => hasher.HashPassword(Nobody, "")));

    public void Verify(string password) => Hasher(scopes, hasher => hasher.VerifyHashedPassword(Nobody, hash.Value, password));

    private static T Hasher<T>(IServiceScopeFactory scopes, Func<IPasswordHasher<PortalUser>, T> use)
    {
        using var scope = scopes.CreateScope();
        return use(scope.ServiceProvider.GetRequiredService<IPasswordHasher<PortalUser>>());
    }
}
