using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.SignIn;

/// <summary>What a person is shown of their own comings, and of those that were refused. An unknown name has nobody to show them to.</summary>
internal sealed class RecentSignIns(PortalDbContext db, Actor actor, TimeProvider time)
{
    // A flood of refusals must neither fill the table nor push the person's own sign-ins off the page.
    private const int MostRefusals = 100;
    private static readonly TimeSpan FoldedWithin = TimeSpan.FromHours(1);

    public Task NoteAsync(Guid person, SignInMethod method, PortalSignInResult result, CancellationToken cancellationToken) =>
        result == PortalSignInResult.Succeeded ? AddAsync(person, method, result, cancellationToken) : FoldAsync(person, method, result, cancellationToken);

    private Task AddAsync(Guid person, SignInMethod method, PortalSignInResult result, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        db.Add(new PortalSignIn
        {
            Id = Guid.CreateVersion7(), UserId = person, Method = method, Result = result,
            RemoteAddress = actor.RemoteAddress, UserAgent = actor.UserAgent, FirstAt = now, LastAt = now, Count = 1,
        });
        return db.SaveChangesAsync(cancellationToken);
    }

    private async Task FoldAsync(Guid person, SignInMethod method, PortalSignInResult result, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var folded = await db.PortalSignIns
            .Where(s => s.UserId == person && s.Method == method && s.Result == result && s.RemoteAddress == actor.RemoteAddress && s.FirstAt > now - FoldedWithin)
            .ExecuteUpdateAsync(s => s.SetProperty(x => x.LastAt, now).SetProperty(x => x.Count, x => x.Count + 1), cancellationToken);
        if (folded > 0) return;

        await AddAsync(person, method, result, cancellationToken);
        var refusals = db.PortalSignIns.Where(s => s.UserId == person && s.Result != PortalSignInResult.Succeeded);
        await refusals.Where(s => !refusals.OrderByDescending(r => r.LastAt).Take(MostRefusals).Any(kept => kept.Id == s.Id)).ExecuteDeleteAsync(cancellationToken);
    }
}
