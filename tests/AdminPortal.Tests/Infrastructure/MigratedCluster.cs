using AdminPortal.LocalPostgres;
using AdminPortal.Migrations;
using Npgsql;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>
/// A temporary cluster whose database is migrated once and then copied for whoever asks. Knows no test framework: the browser tests and
/// the benchmarks link this file.
/// </summary>
public sealed class MigratedCluster : IAsyncDisposable
{
    private readonly LocalCluster cluster;
    private int copies;

    private MigratedCluster(LocalCluster cluster) => this.cluster = cluster;

    /// <param name="durable">True pays for the disk at each commit, as production does: for benchmarks.</param>
    /// <param name="cancellation">Gives up; nothing is left running.</param>
    public static async Task<MigratedCluster> StartAsync(CancellationToken cancellation, bool durable = false)
    {
        var cluster = await LocalCluster.StartTemporaryAsync(cancellation, durable);
        try
        {
            await Migrator.MigrateAsync(Unpooled(cluster.OwnerConnectionString), Unpooled(cluster.ServingConnectionString), cancellation);
            return new MigratedCluster(cluster);
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>A migrated database without data, of one's own.</summary>
    public async Task<DatabaseCopy> CopyAsync(CancellationToken cancellation)
    {
        var name = $"copy_{Interlocked.Increment(ref copies)}";
        await cluster.CloneDatabaseAsync(LocalCluster.Database, name, cancellation);
        return new DatabaseCopy(cluster, name);
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    // A pool's idle connection to the template would stand in the way of every copy.
    private static string Unpooled(string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
}

/// <summary>One copied database, as each of the roles sees it; dropped when disposed.</summary>
public sealed class DatabaseCopy(LocalCluster cluster, string name) : IAsyncDisposable
{
    /// <summary>As the portal: owns nothing, row-level security applies.</summary>
    public string ServingConnectionString { get; } = cluster.InDatabase(cluster.ServingConnectionString, name);

    /// <summary>As the migrator.</summary>
    public string OwnerConnectionString { get; } = cluster.InDatabase(cluster.OwnerConnectionString, name);

    /// <summary>To arrange and to look behind the curtain; never to test what a role may do.</summary>
    public string SuperuserConnectionString { get; } = cluster.InDatabase(cluster.SuperuserConnectionString, name);

    public async ValueTask DisposeAsync() => await cluster.DropDatabaseAsync(name, CancellationToken.None);
}
