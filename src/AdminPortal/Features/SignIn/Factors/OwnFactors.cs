using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn.Factors;

/// <summary>What the caller can prove who they are with.</summary>
/// <param name="HasPassword">False for whom only an issuer or a passkey knows.</param>
/// <param name="AuthenticatorSince">Null where none is set up.</param>
/// <param name="RecoveryCodesLeft">How many are unused.</param>
/// <param name="Passkeys">The oldest first.</param>
internal sealed record FactorsShown(
    bool HasPassword, DateTimeOffset? AuthenticatorSince, int RecoveryCodesLeft, IReadOnlyList<UserPasskeyInfo> Passkeys)
{
    public bool HasAuthenticator => AuthenticatorSince is not null;

    public bool HasAny => HasPassword || HasAuthenticator || Passkeys.Count > 0;
}

/// <summary>Reads the caller's own account and factors.</summary>
internal sealed class OwnFactors(UserManager<PortalUser> users, PortalDbContext db, RecoveryCodes recoveryCodes, CurrentUser user)
{
    private PortalUser? person;

    public async Task<PortalUser> PersonAsync() => person ??= await users.FindByIdAsync(user.UserId.ToString())
        ?? throw new InvalidOperationException("The person of this session is gone.");

    public async Task<FactorsShown> ReadAsync(CancellationToken cancellationToken)
    {
        var own = await PersonAsync();
        var since = await db.Authenticators.Where(a => a.UserId == own.Id).Select(a => a.ConfirmedAt).SingleOrDefaultAsync(cancellationToken);
        var left = since is null ? 0 : await recoveryCodes.LeftAsync(own.Id, cancellationToken);
        return new(own.PasswordHash is not null, since, left, [.. (await users.GetPasskeysAsync(own)).OrderBy(p => p.CreatedAt)]);
    }
}
