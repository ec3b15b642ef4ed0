using AdminPortal.LocalPostgres;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.LocalPostgres;

/// <summary>The executable that <c>./run</c> calls, as a process of its own: as whoever runs the tests, and as an ordinary user.</summary>
public sealed class LocalPostgresCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-").FullName;

    public LocalPostgresCommandTests() => File.SetUnixFileMode(
        folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Starts_says_so_hands_the_connections_over_in_a_private_file_and_stops(bool asOrdinaryUser)
    {
        Assert.SkipWhen(asOrdinaryUser && !Environment.IsPrivilegedProcess, "The other case ran as an ordinary user already.");
        var account = asOrdinaryUser ? ServerAccount.Choose("nobody") : ServerAccount.Ourselves;
        var data = Path.Combine(folder, "data");
        if (asOrdinaryUser)
            await account.CreateFolderAsync(data, Cancellation);
        var program = CopyProgram();

        var started = await account.RunAsync("/", "dotnet", [program, "start", "--data", data], null, Cancellation);
        Assert.Matches(@"^PostgreSQL \d+ is running in ", started.Output);
        Assert.DoesNotContain("Password", started.Output, StringComparison.OrdinalIgnoreCase);

        var environment = Path.Combine(data, "postgres.env");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(environment));
        var owner = (await File.ReadAllLinesAsync(environment, Cancellation)).Single(line => line.StartsWith("ConnectionStrings__Owner="));
        await using (var source = NpgsqlDataSource.Create(owner["ConnectionStrings__Owner=".Length..] + ";Pooling=false"))
        await using (await source.OpenConnectionAsync(Cancellation))
            Assert.Equal(0, (await account.RunAsync("/", "dotnet", [program, "status", "--data", data], null, Cancellation)).ExitCode);

        Assert.Equal(
            "PostgreSQL has stopped",
            (await account.RunAsync("/", "dotnet", [program, "stop", "--data", data], null, Cancellation)).Output);
        Assert.Equal(3, (await account.RunAsync("/", "dotnet", [program, "status", "--data", data], null, Cancellation)).ExitCode);
    }

    [Fact]
    public async Task Runs_no_program_of_the_current_folder()
    {
        var here = Directory.CreateDirectory(Path.Combine(folder, "here")).FullName;
        foreach (var name in new[] { "test", "realpath", "install", "rm" })
        {
            await File.WriteAllTextAsync(Path.Combine(here, name), "#!/bin/sh\nexit 1\n", Cancellation);
            File.SetUnixFileMode(Path.Combine(here, name), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        }

        var data = Path.Combine(folder, "data");
        var started = await ServerAccount.Ourselves.RunAsync(here, "dotnet", [CopyProgram(), "start", "--data", data], null, Cancellation);
        await LocalCluster.StopAsync(new LocalClusterOptions { DataFolder = data }, Cancellation);

        Assert.Equal(0, started.ExitCode);
    }

    [Fact]
    public async Task Explains_itself_when_asked_for_something_else()
    {
        var answer = await ServerAccount.Ourselves.RunAsync("/", "dotnet", [CopyProgram(), "help"], null, Cancellation);

        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("start --data DIR", answer.Output, StringComparison.Ordinal);
    }

    // The ordinary user may be unable to read where the tests were built.
    private string CopyProgram()
    {
        var program = Directory.CreateDirectory(Path.Combine(folder, "program")).FullName;
        var built = Path.GetDirectoryName(typeof(LocalCluster).Assembly.Location)!;
        string[] files = ["AdminPortal.LocalPostgres.*", "Npgsql.dll", "Microsoft.Extensions.*Abstractions.dll"];
        foreach (var file in files.SelectMany(pattern => Directory.GetFiles(built, pattern)))
            File.Copy(file, Path.Combine(program, Path.GetFileName(file)));
        return Path.Combine(program, "AdminPortal.LocalPostgres.dll");
    }
}
