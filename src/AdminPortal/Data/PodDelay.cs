namespace AdminPortal.Data;

/// <summary>For what somebody waits longer because a proxy stands in front of the mail server.</summary>
public enum PodDelayKind : short
{
    /// <summary>Reaching the mail server and signing in there.</summary>
    SignIn = 1,

    /// <summary>Passing on what the mail server said.</summary>
    Passing = 2,
}

/// <summary>How often a proxy took about so long, in ten minutes. The day's figures are sums of a few hundred of these rows.</summary>
public sealed class PodDelay : ITenantOwned
{
    /// <summary>Older ones are forgotten.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromHours(25);

    private static readonly TimeSpan SlotLength = TimeSpan.FromMinutes(10);

    /// <summary>Each is a fifth longer than the one before.</summary>
    private const int BucketsPerDoubling = 4;

    public Guid TenantId { get; init; }

    public Guid PodId { get; init; }

    public PodDelayKind Kind { get; init; }

    /// <summary>When the ten minutes began.</summary>
    public DateTimeOffset Slot { get; init; }

    /// <summary>How long, in quarters of a doubling of one microsecond: see <see cref="TopOf"/>.</summary>
    public short Bucket { get; init; }

    public long Count { get; init; }

    public static DateTimeOffset SlotOf(DateTimeOffset moment) => new(moment.UtcTicks - moment.UtcTicks % SlotLength.Ticks, TimeSpan.Zero);

    public static short BucketOf(TimeSpan took) => (short)Math.Ceiling(BucketsPerDoubling * Math.Log2(Math.Max(1, took.TotalMicroseconds)));

    /// <summary>The longest time that counts as that.</summary>
    public static TimeSpan TopOf(short bucket) => TimeSpan.FromMicroseconds(Math.Pow(2, bucket / (double)BucketsPerDoubling));

    /// <summary>The time within which that share of all was done; null where nothing was measured.</summary>
    /// <param name="counts">How often each bucket was met; a bucket may come more than once.</param>
    /// <param name="share">0.5 for the median.</param>
    public static TimeSpan? Within(IEnumerable<(short Bucket, long Count)> counts, double share)
    {
        var ordered = counts.OrderBy(c => c.Bucket).ToList();
        var wanted = share * ordered.Sum(c => c.Count);
        foreach (var (bucket, count) in ordered)
        {
            wanted -= count;
            if (wanted <= 0) return TopOf(bucket);
        }
        return null;
    }
}
