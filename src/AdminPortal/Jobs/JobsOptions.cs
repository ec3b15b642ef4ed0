using System.ComponentModel.DataAnnotations;

namespace AdminPortal.Jobs;

public sealed class JobsOptions
{
    public const string Section = "Jobs";

    /// <summary>How many operations one process runs at the same time: a long import must not hold up a bulk change.</summary>
    [Range(1, 16)]
    public int Concurrency { get; init; } = 2;

    /// <summary>How often an idle worker looks for operations that another process queued.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a worker is believed to be alive without a word from it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a worker renews its lease, and learns that the operation shall be cancelled. Well below the lease.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RenewEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often an operation is begun before it is given up, when its worker died or lost the database each time.</summary>
    [Range(1, 100)]
    public int MostClaims { get; init; } = 3;
}
