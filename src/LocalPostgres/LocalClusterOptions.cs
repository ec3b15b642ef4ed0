namespace AdminPortal.LocalPostgres;

/// <summary>Where a private cluster lives and how it runs.</summary>
public sealed record LocalClusterOptions
{
    /// <summary>
    /// The portal's data folder. Passwords are kept in it (mode 600), and the cluster itself, unless the folder's parents are closed to
    /// PostgreSQL's account. It is created when missing.
    /// </summary>
    public required string DataFolder { get; init; }

    /// <summary>The account PostgreSQL runs as when we are root, which PostgreSQL refuses to be. Debian's package creates this one.</summary>
    public string ServerAccount { get; init; } = "postgres";

    /// <summary>
    /// True: a commit is on the disk before it is answered. False, for tests only: it survives a killed server, but not a lost machine.
    /// </summary>
    public bool Durable { get; init; } = true;

    /// <summary>How long a start may take, recovery after a crash included.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Where the cluster alone goes when its account cannot reach the data folder.</summary>
    internal string SystemFolder { get; init; } = "/var/lib/adminportal";
}
