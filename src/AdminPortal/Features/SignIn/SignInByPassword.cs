using System.Diagnostics;
using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// Compares passwords. Every refusal is the same: unknown name, wrong password, an account without one, and an account that is locked
/// after too many attempts, even when the password is right. One password is hashed in each case, and each takes as long.
/// </summary>
internal sealed class PasswordProof(
    UserManager<PortalUser> users, DummyPassword dummy, RecentSignIns recent, IOptions<SignInOptions> options)
{
    /// <returns>Whose name and password they are; null when refused.</returns>
    public async Task<PortalUser?> VerifyAsync(string name, string password, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (await FindAsync(name, password, cancellationToken) is { } person) return person;
        await Task.Delay(Positive(options.Value.RefusalTakes - Stopwatch.GetElapsedTime(started)), cancellationToken);
        return null;
    }

    private async Task<PortalUser?> FindAsync(string name, string password, CancellationToken cancellationToken)
    {
        var person = await users.FindByNameAsync(name.Trim());
        if (person?.PasswordHash is null)
        {
            dummy.Verify(password);
            return null;
        }

        var fits = await users.CheckPasswordAsync(person, password);
        var isLocked = await users.IsLockedOutAsync(person);
        if (fits && !isLocked) return person;
        if (!isLocked) await users.AccessFailedAsync(person);
        var result = isLocked ? PortalSignInResult.Throttled : PortalSignInResult.WrongPassword;
        await recent.NoteAsync(person.Id, SignInMethod.Password, result, cancellationToken);
        return null;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}

/// <summary>Signing in with a name and a password.</summary>
internal sealed class SignInByPassword(PasswordProof passwords, BeginSession begin)
{
    /// <returns>The person, now signed in; null when refused.</returns>
    public async Task<PortalUser?> SignInAsync(string name, string password, CancellationToken cancellationToken)
    {
        if (await passwords.VerifyAsync(name, password, cancellationToken) is not { } person) return null;
        await begin.HandleAsync(person, SignInMethod.Password, vouchedBy: null, cancellationToken);
        return person;
    }
}

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
