using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.SignIn;

/// <summary>
/// The rows of browsers' sessions. Every request reads its row, so what is ended here is over in every process at the next click.
/// </summary>
internal sealed class Sessions(PortalDbContext db, CurrentUser user, Actor actor, TimeProvider time, IOptions<SignInOptions> options)
{
    /// <summary>A person is seen to the minute: one write for many requests.</summary>
    private static readonly TimeSpan SeenAgain = TimeSpan.FromMinutes(1);

    /// <summary>A person's open sessions, the last seen first; those of one issuer's word alone where <paramref name="vouchedBy"/> is given.</summary>
    public Task<List<PortalSession>> ListAsync(Guid person, Guid? vouchedBy, CancellationToken cancellationToken)
    {
        var (idle, started) = (time.GetUtcNow() - options.Value.SessionIdle, time.GetUtcNow() - options.Value.SessionLasts);
        return db.PortalSessions.AsNoTracking()
            .Where(s => s.UserId == person && s.EndedAt == null && s.LastSeenAt > idle && s.StartedAt > started && (vouchedBy == null || s.VouchedBy == vouchedBy))
            .OrderByDescending(s => s.LastSeenAt).ToListAsync(cancellationToken);
    }

    /// <summary>Begins a session. The one that the browser came with is over: a new proof never lives on under an old name.</summary>
    /// <param name="person">Who was proved to be there.</param>
    /// <param name="method">How.</param>
    /// <param name="vouchedBy">The tenant whose issuer said so; the session is then good for that tenant alone.</param>
    /// <param name="provedAt">When the proof was given; null: now. Never later than now.</param>
    /// <param name="cancellationToken">Gives up; nothing begins.</param>
    public async Task<PortalSession> BeginAsync(
        PortalUser person, SignInMethod method, Guid? vouchedBy, DateTimeOffset? provedAt, CancellationToken cancellationToken)
    {
        if (user.Session is { } before) await EndAsync(user.UserId, before.Id, cancellationToken);
        var now = time.GetUtcNow();
        var session = new PortalSession
        {
            Id = Guid.CreateVersion7(),
            UserId = person.Id,
            Method = method,
            VouchedBy = vouchedBy,
            StartedAt = now,
            LastSeenAt = now,
            ProvedAt = provedAt is { } earlier && earlier < now ? earlier : now,
            RemoteAddress = actor.RemoteAddress,
            UserAgent = actor.UserAgent,
        };
        db.Add(session);
        await db.SaveChangesAsync(cancellationToken);
        return session;
    }

    /// <summary>The person proved once more who is there.</summary>
    /// <param name="session">The caller's own.</param>
    /// <param name="raisedTo">What the session counts as now; unchanged where it is null.</param>
    /// <param name="cancellationToken">Gives up; nothing is proved.</param>
    public Task ProveAsync(BrowserSession session, SignInMethod? raisedTo, CancellationToken cancellationToken) =>
        db.PortalSessions.Where(s => s.Id == session.Id && s.EndedAt == null).ExecuteUpdateAsync(
            s => s.SetProperty(x => x.ProvedAt, time.GetUtcNow()).SetProperty(x => x.Method, raisedTo ?? session.Method), cancellationToken);

    public Task TouchAsync(FoundSession session, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        if (now - session.LastSeenAt < SeenAgain) return Task.CompletedTask;
        return db.PortalSessions.Where(s => s.Id == session.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.LastSeenAt, now), cancellationToken);
    }

    /// <returns>False where that person has no such session that is open.</returns>
    public async Task<bool> EndAsync(Guid person, Guid sessionId, CancellationToken cancellationToken) =>
        await EndAsync(db.PortalSessions.Where(s => s.Id == sessionId && s.UserId == person), cancellationToken) > 0;

    /// <summary>Ends all of a person's sessions, but not the one in <paramref name="but"/>.</summary>
    /// <returns>How many.</returns>
    public Task<int> EndAllAsync(Guid person, Guid? but, CancellationToken cancellationToken) =>
        EndAsync(db.PortalSessions.Where(s => s.UserId == person && s.Id != but), cancellationToken);

    private Task<int> EndAsync(IQueryable<PortalSession> sessions, CancellationToken cancellationToken) =>
        sessions.Where(s => s.EndedAt == null).ExecuteUpdateAsync(s => s.SetProperty(x => x.EndedAt, time.GetUtcNow()), cancellationToken);
}
