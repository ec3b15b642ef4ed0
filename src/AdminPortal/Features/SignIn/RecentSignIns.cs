using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn;

/// <summary>What a person is shown of their own comings, and of those that were refused. An unknown name has nobody to show them to.</summary>
internal sealed class RecentSignIns(PortalDbContext db, Actor actor, TimeProvider time)
{
    // A flood of refusals must neither fill the table nor push the person's own sign-ins off the page.
    private const int MostRefusals = 100;
    private static readonly TimeSpan FoldedWithin = TimeSpan.FromHours(1);

    /// <param name="person">Who came, or whose name was given.</param>
    /// <param name="method">How they proved it, or tried to.</param>
    /// <param name="result">What became of it.</param>
    /// <param name="vouchedBy">The tenant whose issuer vouched for the person: it is shown to no session by another's word.</param>
    /// <param name="cancellationToken">Gives up; nothing is noted.</param>
    public Task NoteAsync(Guid person, SignInMethod method, PortalSignInResult result, Guid? vouchedBy, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var signIn = new PortalSignIn
        {
            Id = Guid.CreateVersion7(), UserId = person, Method = method, Result = result, VouchedBy = vouchedBy,
            RemoteAddress = actor.RemoteAddress, UserAgent = actor.UserAgent, FirstAt = now, LastAt = now, Count = 1,
        };
        return result == PortalSignInResult.Succeeded ? AddAsync(signIn, cancellationToken) : FoldAsync(signIn, cancellationToken);
    }

    /// <summary>The newest first.</summary>
    public Task<List<PortalSignIn>> ListAsync(Guid person, Guid? vouchedBy, int most, CancellationToken cancellationToken) =>
        db.PortalSignIns.AsNoTracking().Where(s => s.UserId == person && (vouchedBy == null || s.VouchedBy == vouchedBy))
            .OrderByDescending(s => s.LastAt).Take(most).ToListAsync(cancellationToken);

    private Task AddAsync(PortalSignIn signIn, CancellationToken cancellationToken)
    {
        db.Add(signIn);
        return db.SaveChangesAsync(cancellationToken);
    }

    private async Task FoldAsync(PortalSignIn one, CancellationToken cancellationToken)
    {
        var folded = await db.PortalSignIns
            .Where(s => s.UserId == one.UserId && s.Method == one.Method && s.Result == one.Result && s.RemoteAddress == one.RemoteAddress
                && s.FirstAt > one.LastAt - FoldedWithin)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.LastAt, one.LastAt).SetProperty(x => x.Count, x => x.Count + 1), cancellationToken);
        if (folded > 0) return;

        await AddAsync(one, cancellationToken);
        var refusals = db.PortalSignIns.Where(s => s.UserId == one.UserId && s.Result != PortalSignInResult.Succeeded);
        await refusals.Where(s => !refusals.OrderByDescending(r => r.LastAt).Take(MostRefusals).Any(kept => kept.Id == s.Id)).ExecuteDeleteAsync(cancellationToken);
    }
}
