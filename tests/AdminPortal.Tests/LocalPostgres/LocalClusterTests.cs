using System.Diagnostics;
using System.Globalization;
using AdminPortal.LocalPostgres;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.LocalPostgres;

/// <summary>Real clusters in folders of their own: first start, adoption, crashes.</summary>
public sealed class LocalClusterTests : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-").FullName;

    public LocalClusterTests() => Open(folder);

    private LocalClusterOptions Options => new() { DataFolder = Path.Combine(folder, "data"), Durable = false };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await LocalCluster.StopAsync(Options, CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_first_start_makes_the_owner_and_its_database()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal("portal_owner", await AskAsync(cluster.OwnerConnectionString, "SELECT current_user::text"));
        Assert.Equal("portal_owner", await AskAsync(cluster.OwnerConnectionString,
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"));
        Assert.Equal("on", await AskAsync(cluster.SuperuserConnectionString,
            "SELECT setting FROM pg_settings WHERE name = 'data_checksums'"));
    }

    [Fact]
    public async Task The_server_listens_on_no_network_and_lets_nobody_in_without_the_password()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal("", await AskAsync(cluster.SuperuserConnectionString, "SELECT current_setting('listen_addresses')"));
        var guess = new NpgsqlConnectionStringBuilder(cluster.OwnerConnectionString) { Password = "guessed" }.ConnectionString;
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(guess, "SELECT ''"));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task Passwords_are_for_the_owner_of_the_data_folder_alone()
    {
        await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Options.DataFolder, "postgres.json")));
    }

    [Fact]
    public async Task A_second_start_adopts_the_running_server()
    {
        var first = await LocalCluster.StartAsync(Options, Cancellation);
        var server = await ServerAsync(first);

        var second = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal(server, await ServerAsync(second));
    }

    [Fact]
    public async Task Starts_at_the_same_moment_end_with_one_server()
    {
        var clusters = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => LocalCluster.StartAsync(Options, Cancellation)));

        Assert.Single((await Task.WhenAll(clusters.Select(ServerAsync))).Distinct());
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_stop_and_a_start()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);
        await AskAsync(cluster.OwnerConnectionString, "CREATE TABLE kept AS SELECT 'yes' AS word");

        Assert.True(await LocalCluster.StopAsync(Options, Cancellation));
        Assert.Null(await LocalCluster.FindAsync(Options, Cancellation));
        Assert.False(await LocalCluster.StopAsync(Options, Cancellation));
        cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal("yes", await AskAsync(cluster.OwnerConnectionString, "SELECT word FROM kept"));
    }

    [Fact]
    public async Task A_killed_server_starts_again_with_all_that_was_committed()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);
        await AskAsync(cluster.OwnerConnectionString, "CREATE TABLE kept AS SELECT 'yes' AS word");
        using (var server = Process.GetProcessById(await ServerAsync(cluster)))
            server.Kill();

        cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal("yes", await AskAsync(cluster.OwnerConnectionString, "SELECT word FROM kept"));
    }

    [Fact]
    public async Task A_pid_file_that_names_a_living_stranger_blocks_no_start_and_harms_no_stranger()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);
        var pidFile = Path.Combine(cluster.Folder, "data", "postmaster.pid");
        var left = await File.ReadAllLinesAsync(pidFile, Cancellation);
        await LocalCluster.StopAsync(Options, Cancellation);
        using var stranger = ServerAccount.Choose(Options.ServerAccount).Start("/", "cat", []);
        left[0] = stranger.Id.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(pidFile, left, Cancellation);
        await File.WriteAllLinesAsync(SocketOf(cluster) + ".lock", left, Cancellation);

        Assert.Null(await LocalCluster.FindAsync(Options, Cancellation));
        cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.NotEqual(stranger.Id, await ServerAsync(cluster));
        Assert.False(stranger.HasExited);
        stranger.StandardInput.Close();
        await stranger.WaitForExitAsync(Cancellation);
    }

    [Fact]
    public async Task A_first_start_cut_short_is_begun_anew()
    {
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LocalCluster.StartAsync(Options, impatience.Token));

        var cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal("portal_owner", await AskAsync(cluster.OwnerConnectionString, "SELECT current_user::text"));
    }

    [Fact]
    public async Task A_path_too_long_for_a_socket_gets_its_socket_elsewhere()
    {
        var options = Options with { DataFolder = Path.Combine(Options.DataFolder, new string('x', 120)) };
        var cluster = await LocalCluster.StartAsync(options, Cancellation);
        var socket = SocketOf(cluster);
        try
        {
            Assert.DoesNotContain(options.DataFolder, socket, StringComparison.Ordinal);
            Assert.Equal("portal_owner", await AskAsync(cluster.OwnerConnectionString, "SELECT current_user::text"));
        }
        finally
        {
            await LocalCluster.StopAsync(options, Cancellation);
            Directory.Delete(Path.GetDirectoryName(socket)!, recursive: true);
        }
    }

    [Fact]
    public async Task Lost_passwords_are_named_and_nothing_is_overwritten()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);
        await LocalCluster.StopAsync(Options, Cancellation);
        var passwords = Path.Combine(Options.DataFolder, "postgres.json");
        File.Delete(passwords);

        var problem = await Assert.ThrowsAsync<LocalPostgresException>(() => LocalCluster.StartAsync(Options, Cancellation));

        Assert.Contains(passwords, problem.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(cluster.Folder, "data", "PG_VERSION")));
    }

    [Fact]
    public async Task A_temporary_cluster_is_gone_when_disposed()
    {
        var cluster = await LocalCluster.StartTemporaryAsync(Cancellation);
        using var server = Process.GetProcessById(await ServerAsync(cluster));

        await cluster.DisposeAsync();

        Assert.False(Directory.Exists(Path.GetDirectoryName(cluster.Folder)));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => AskAsync(cluster.OwnerConnectionString, "SELECT ''"));
    }

    // A temporary folder is made mode 700.
    private static void Open(string folder) =>
        File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute);

    private static string SocketOf(LocalCluster cluster) =>
        Path.Combine(new NpgsqlConnectionStringBuilder(cluster.OwnerConnectionString).Host!, ".s.PGSQL.5432");

    private static async Task<int> ServerAsync(LocalCluster cluster)
    {
        Assert.NotEmpty(await AskAsync(cluster.SuperuserConnectionString, "SELECT version()"));
        var lines = await File.ReadAllLinesAsync(Path.Combine(cluster.Folder, "data", "postmaster.pid"), Cancellation);
        return int.Parse(lines[0], CultureInfo.InvariantCulture);
    }

    private static async Task<string> AskAsync(string connectionString, string sql)
    {
        var unpooled = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        await using var source = NpgsqlDataSource.Create(unpooled);
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(Cancellation) ?? "";
    }
}
