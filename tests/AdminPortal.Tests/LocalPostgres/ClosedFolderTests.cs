using AdminPortal.LocalPostgres;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.LocalPostgres;

/// <summary>Root's PostgreSQL runs as somebody else, who may be unable to reach the data folder, as in a clone under root's home.</summary>
public sealed class ClosedFolderTests : IAsyncDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string closed = Directory.CreateTempSubdirectory("adminportal-closed-").FullName;
    private readonly string system = Directory.CreateTempSubdirectory("adminportal-system-").FullName;

    public ClosedFolderTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root runs PostgreSQL as somebody else.");
        File.SetUnixFileMode(system, OwnerOnly | UnixFileMode.OtherExecute);
    }

    private LocalClusterOptions Options => new()
    {
        DataFolder = Path.Combine(closed, "data"),
        SystemFolder = Path.Combine(system, "adminportal"),
        Durable = false,
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await LocalCluster.StopAsync(Options, CancellationToken.None);
        Directory.Delete(closed, recursive: true);
        Directory.Delete(system, recursive: true);
    }

    [Fact]
    public async Task The_cluster_alone_moves_to_the_systems_folder_and_no_folder_is_opened()
    {
        var cluster = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.StartsWith(Options.SystemFolder, cluster.Folder, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Options.DataFolder, "postgres.json")));
        Assert.Equal(OwnerOnly, File.GetUnixFileMode(closed));
        await using var owner = NpgsqlDataSource.Create(cluster.OwnerConnectionString);
        await using var connection = await owner.OpenConnectionAsync(Cancellation);
    }

    [Fact]
    public async Task It_is_found_again_there_even_when_the_folder_is_opened_later()
    {
        var first = await LocalCluster.StartAsync(Options, Cancellation);
        File.SetUnixFileMode(closed, OwnerOnly | UnixFileMode.OtherExecute);

        var second = await LocalCluster.StartAsync(Options, Cancellation);

        Assert.Equal(first.Folder, second.Folder);
    }

    [Fact]
    public async Task A_moved_data_folder_keeps_its_cluster()
    {
        var first = await LocalCluster.StartAsync(Options, Cancellation);
        var moved = Options with { DataFolder = Path.Combine(closed, "moved") };
        Directory.Move(Options.DataFolder, moved.DataFolder);

        var second = await LocalCluster.StartAsync(moved, Cancellation);

        Assert.Equal(first.Folder, second.Folder);
        await LocalCluster.StopAsync(moved, Cancellation);
    }

    [Fact]
    public async Task A_copied_data_folder_does_not_share_a_cluster_unawares()
    {
        await LocalCluster.StartAsync(Options, Cancellation);
        var copy = Options with { DataFolder = Directory.CreateDirectory(Path.Combine(closed, "copy")).FullName };
        File.Copy(Path.Combine(Options.DataFolder, "postgres.json"), Path.Combine(copy.DataFolder, "postgres.json"));

        var problem = await Assert.ThrowsAsync<LocalPostgresException>(() => LocalCluster.StartAsync(copy, Cancellation));

        Assert.Contains($"{copy.DataFolder} is a copy of {Options.DataFolder}", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_closed_after_the_cluster_was_made_is_named_rather_than_left_behind()
    {
        File.SetUnixFileMode(closed, OwnerOnly | UnixFileMode.OtherExecute);
        await LocalCluster.StartAsync(Options, Cancellation);
        await LocalCluster.StopAsync(Options, Cancellation);
        File.SetUnixFileMode(closed, OwnerOnly);

        var problem = await Assert.ThrowsAsync<LocalPostgresException>(() => LocalCluster.StartAsync(Options, Cancellation));

        Assert.Contains("open it again", problem.Message, StringComparison.Ordinal);
        File.SetUnixFileMode(closed, OwnerOnly | UnixFileMode.OtherExecute);
    }
}
