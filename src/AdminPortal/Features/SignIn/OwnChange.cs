using AdminPortal.Data;
using AdminPortal.Features.SignIn.Factors;
using AdminPortal.Hosting;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// One change of the caller's own password or factors: made, put on the trail of every tenant of theirs, and every session but this
/// browser's ended, together or not at all.
/// </summary>
internal sealed class OwnChange(PortalDbContext db, OwnFactors factors, CurrentUser user, SignInRecord record, BeginSession begin)
{
    /// <param name="action">Of <see cref="AuditActions"/>.</param>
    /// <param name="method">What this browser's session counts as afterwards.</param>
    /// <param name="make">Makes the change in the scope's own context; null where there was nothing to change.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed.</param>
    /// <returns>What was made.</returns>
    public async Task<T?> MakeAsync<T>(string action, SignInMethod method, Func<Task<T?>> make, CancellationToken cancellationToken) where T : class
    {
        await using var together = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await make() is not { } made) return null;
        await db.SaveChangesAsync(cancellationToken);
        // On connections of their own, one for each tenant; if one fails, nothing here is kept.
        await record.WriteAsync(user.UserId, user.Name, action, cancellationToken);
        await begin.AloneAsync(await factors.PersonAsync(), method, cancellationToken);
        await together.CommitAsync(cancellationToken);
        return made;
    }
}
