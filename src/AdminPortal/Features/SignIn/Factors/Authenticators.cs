using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>People's authenticator apps. Secrets are sealed to their person; a code is accepted once.</summary>
internal sealed class Authenticators(PortalDbContext db, Envelope envelope, TimeProvider time)
{
    public Task<bool> IsSetUpAsync(Guid person, CancellationToken cancellationToken) =>
        db.Authenticators.AnyAsync(a => a.UserId == person && a.ConfirmedAt != null, cancellationToken);

    /// <summary>Begins to set one up, or goes on with what was begun, so that a reloaded page shows the same picture.</summary>
    /// <returns>The secret to show; null where one is set up already.</returns>
    public async Task<byte[]?> BeginAsync(Guid person, CancellationToken cancellationToken)
    {
        if (await FindAsync(person, cancellationToken) is { } begun) return begun.ConfirmedAt is null ? SecretOf(begun) : null;
        var secret = Totp.NewSecret();
        db.Add(new Authenticator { UserId = person, ProtectedSecret = envelope.Seal(secret, BindingOf(person)) });
        await db.SaveChangesAsync(cancellationToken);
        return secret;
    }

    /// <summary>The first right code proves that the app has the secret: from now on it is asked for.</summary>
    public async Task<bool> ConfirmAsync(Guid person, string code, CancellationToken cancellationToken)
    {
        if (await FindAsync(person, cancellationToken) is not { ConfirmedAt: null } begun || StepOf(code, begun) is not { } step) return false;
        (begun.ConfirmedAt, begun.LastStep) = (time.GetUtcNow(), step);
        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    /// <summary>Takes a code, once: of two requests with the same code one is refused, in whichever process they come.</summary>
    public async Task<bool> TakeAsync(Guid person, string code, CancellationToken cancellationToken) =>
        await FindAsync(person, cancellationToken) is { ConfirmedAt: not null } found && StepOf(code, found) is { } step
        && await db.Authenticators.Where(a => a.UserId == person && a.LastStep < step)
            .ExecuteUpdateAsync(a => a.SetProperty(x => x.LastStep, step), cancellationToken) == 1;

    public Task RemoveAsync(Guid person, CancellationToken cancellationToken) =>
        db.Authenticators.Where(a => a.UserId == person).ExecuteDeleteAsync(cancellationToken);

    private Task<Authenticator?> FindAsync(Guid person, CancellationToken cancellationToken) =>
        db.Authenticators.SingleOrDefaultAsync(a => a.UserId == person, cancellationToken);

    private long? StepOf(string code, Authenticator authenticator) => Totp.StepOf(code, SecretOf(authenticator), time.GetUtcNow(), authenticator.LastStep);

    private byte[] SecretOf(Authenticator authenticator) => envelope.OpenBytes(authenticator.ProtectedSecret, BindingOf(authenticator.UserId));

    private static string BindingOf(Guid person) => $"authenticator {person}";
}
