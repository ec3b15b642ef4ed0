using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Features.Tenants;

/// <summary>How much longer people waited because of the proxy.</summary>
/// <param name="LastHour">Null where it passed nobody on.</param>
/// <param name="LastDay">The same over 24 hours.</param>
internal sealed record PodDelays(PodDelayAnswer? LastHour, PodDelayAnswer? LastDay)
{
    public static async Task<Dictionary<Guid, PodDelays>> ReadAsync(PortalDbContext db, DateTimeOffset now, Guid[] pods, CancellationToken cancellationToken)
    {
        var (day, hour) = (PodDelay.SlotOf(now.AddDays(-1)), PodDelay.SlotOf(now.AddHours(-1)));
        var rows = await (
            from d in db.PodDelays.AsNoTracking()
            where pods.Contains(d.PodId) && d.Slot >= day
            group d.Count by new { d.PodId, d.Kind, d.Bucket, InLastHour = d.Slot >= hour } into g
            select new Counted(g.Key.PodId, g.Key.Kind, g.Key.Bucket, g.Key.InLastHour, g.Sum())).ToListAsync(cancellationToken);
        return rows.GroupBy(row => row.PodId).ToDictionary(
            of => of.Key, of => new PodDelays(Summed(of.Where(row => row.InLastHour)), Summed(of)));
    }

    private static PodDelayAnswer? Summed(IEnumerable<Counted> rows)
    {
        var (signIns, passing) = (Of(rows, PodDelayKind.SignIn), Of(rows, PodDelayKind.Passing));
        if (signIns.Count == 0 && passing.Count == 0) return null;
        return new(
            signIns.Sum(s => s.Count), Milliseconds(signIns, 0.5), Milliseconds(signIns, 0.95), Milliseconds(passing, 0.5), Milliseconds(passing, 0.95));
    }

    private static List<(short Bucket, long Count)> Of(IEnumerable<Counted> rows, PodDelayKind kind) =>
        [.. rows.Where(row => row.Kind == kind).Select(row => (row.Bucket, row.Count))];

    private static double? Milliseconds(List<(short, long)> counts, double share) =>
        PodDelay.Within(counts, share) is { } time ? Math.Round(time.TotalMilliseconds, 3) : null;

    private sealed record Counted(Guid PodId, PodDelayKind Kind, short Bucket, bool InLastHour, long Count);
}

/// <summary>Times are upper bounds that lie at most a fifth too high.</summary>
/// <param name="SignIns">How many were passed on.</param>
/// <param name="SignInMedianMs">Reaching the mail server and signing in there: half of them took no longer.</param>
/// <param name="SignInP95Ms">Nineteen of twenty took no longer.</param>
/// <param name="PassingMedianMs">Passing on one piece of an answer: half of them took no longer.</param>
/// <param name="PassingP95Ms">Nineteen of twenty took no longer.</param>
internal sealed record PodDelayAnswer(long SignIns, double? SignInMedianMs, double? SignInP95Ms, double? PassingMedianMs, double? PassingP95Ms);
