using System.Diagnostics;
using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// Signing in with a name and a password. Every refusal is the same: unknown name, wrong password, an account without one. One password is
/// hashed in each case, and each takes as long. Whoever is held off is told so before anything is looked at, whether the name exists or not.
/// </summary>
internal sealed class SignInByPassword(
    UserManager<PortalUser> users, SignInManager<PortalUser> sessions, DummyPassword dummy, SignInThrottle throttle, SignInRecord record,
    IOptions<SignInOptions> options)
{
    /// <param name="name">As it was written.</param>
    /// <param name="password">As it was written.</param>
    /// <param name="from">Where the browser is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<PasswordOutcome> SignInAsync(string name, string password, IPAddress? from, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await using var turn = await throttle.AskAsync(Door.Portal, name, from, password, cancellationToken);
        if (turn.HeldOffFor is { } wait) return new PasswordOutcome.HeldOff(wait);
        if (await VerifyAsync(name, password) is not { } person)
        {
            var later = await turn.WrongAsync(cancellationToken);
            await Task.Delay(Positive(options.Value.RefusalTakes - Stopwatch.GetElapsedTime(started)), cancellationToken);
            return later is { } time ? new PasswordOutcome.HeldOff(time) : new PasswordOutcome.Wrong();
        }

        await turn.RightAsync(cancellationToken);
        await sessions.SignInAsync(person, isPersistent: false);
        await record.WriteAsync(person.Id, person.UserName!, AuditActions.SignedIn, cancellationToken);
        return new PasswordOutcome.Right();
    }

    private async Task<PortalUser?> VerifyAsync(string name, string password)
    {
        var person = await users.FindByNameAsync(name.Trim());
        if (person?.PasswordHash is not null) return await users.CheckPasswordAsync(person, password) ? person : null;
        dummy.Verify(password);
        return null;
    }

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}

internal abstract record PasswordOutcome
{
    private PasswordOutcome() { }

    public sealed record Right : PasswordOutcome;

    public sealed record Wrong : PasswordOutcome;

    /// <summary>Nothing is said about name and password.</summary>
    public sealed record HeldOff(TimeSpan Wait) : PasswordOutcome;
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
