namespace AdminPortal.LocalPostgres;

/// <summary>The three things a shell asks of a cluster.</summary>
internal static class Commands
{
    // The file holds passwords: it is closed to everybody else, and its text is never printed.
    private const string EnvironmentFile = "postgres.env";

    private const string Usage = """
        AdminPortal.LocalPostgres start --data DIR     start or adopt the cluster; writes DIR/postgres.env (mode 600, KEY=VALUE lines)
        AdminPortal.LocalPostgres stop --data DIR      stop it
        AdminPortal.LocalPostgres status --data DIR    exit code 0 when it runs, 3 when not
        """;

    public static Task<int> RunAsync(string[] arguments, CancellationToken cancellation) => arguments switch
    {
        ["start", "--data", var folder] => StartAsync(Options(folder), cancellation),
        ["stop", "--data", var folder] => StopAsync(Options(folder), cancellation),
        ["status", "--data", var folder] => StatusAsync(Options(folder), cancellation),
        _ => ExplainAsync(),
    };

    private static LocalClusterOptions Options(string folder) => new() { DataFolder = Path.GetFullPath(folder) };

    private static async Task<int> StartAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        var cluster = await LocalCluster.StartAsync(options, cancellation);
        ClusterSecrets.WritePrivately(
            Path.Combine(options.DataFolder, EnvironmentFile),
            $"""
            ConnectionStrings__Portal={cluster.ServingConnectionString}
            ConnectionStrings__Owner={cluster.OwnerConnectionString}

            """);
        Console.WriteLine($"PostgreSQL {cluster.MajorVersion} is running in {cluster.Folder}");
        return 0;
    }

    private static async Task<int> StopAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        Console.WriteLine(await LocalCluster.StopAsync(options, cancellation) ? "PostgreSQL has stopped" : "PostgreSQL was not running");
        return 0;
    }

    private static async Task<int> StatusAsync(LocalClusterOptions options, CancellationToken cancellation)
    {
        var cluster = await LocalCluster.FindAsync(options, cancellation);
        Console.WriteLine(
            cluster is null ? "PostgreSQL is not running" : $"PostgreSQL {cluster.MajorVersion} is running in {cluster.Folder}");
        return cluster is null ? 3 : 0;
    }

    private static async Task<int> ExplainAsync()
    {
        await Console.Error.WriteLineAsync(Usage);
        return 2;
    }
}
