using System.Diagnostics;
using AdminPortal.Data;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// Signing in with a name and a password. Every refusal is the same: unknown name, wrong password, an account without one, and an account
/// that is locked after too many attempts, even when the password is right. One password is hashed in each case, and each takes as long.
/// </summary>
internal sealed class SignInByPassword(
    UserManager<PortalUser> users, SignInManager<PortalUser> sessions, DummyPassword dummy, SignInRecord record, IOptions<SignInOptions> options)
{
    /// <returns>The person, now signed in; null when refused.</returns>
    public async Task<PortalUser?> SignInAsync(string name, string password, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var person = await VerifyAsync(name, password);
        if (person is null)
        {
            await Task.Delay(Positive(options.Value.RefusalTakes - Stopwatch.GetElapsedTime(started)), cancellationToken);
            return null;
        }

        await sessions.SignInAsync(person, isPersistent: false);
        await record.WriteAsync(person.Id, person.UserName!, AuditActions.SignedIn, cancellationToken);
        return person;
    }

    private async Task<PortalUser?> VerifyAsync(string name, string password)
    {
        var person = await users.FindByNameAsync(name.Trim());
        if (person?.PasswordHash is null)
        {
            dummy.Verify(password);
            return null;
        }

        var fits = await users.CheckPasswordAsync(person, password);
        if (await users.IsLockedOutAsync(person)) return null;
        await (fits ? users.ResetAccessFailedCountAsync(person) : users.AccessFailedAsync(person));
        return fits ? person : null;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
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
