using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AdminPortal.Tests.Infrastructure;
using Xunit;

namespace AdminPortal.Tests.Hosting;

/// <summary>The program as an operator meets it: what it prints, and how it ends.</summary>
public sealed class StartTests(TestDatabase database) : IClassFixture<TestDatabase>, IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("adminportal-test-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Wrong_settings_are_told_in_lines_and_end_the_program()
    {
        var (code, told) = await RunAsync(("Portal__HttpPort", "eighty"), ("Portal__Roles", "cook"), ("Limits__Guesses__RefusalTakes", "an hour"));
        Assert.Equal(1, code);
        Assert.Equal(4, told.Length);
        foreach (var setting in new[] { "Portal:HttpPort", "Portal:Roles", "Limits:Guesses" }) Assert.Contains(told, line => line.Contains(setting, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_missing_connection_is_told_with_its_cure()
    {
        var (code, told) = await RunAsync(("ConnectionStrings__Portal", ""));
        Assert.Equal(1, code);
        Assert.Contains(told, line => line.Contains("./run", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_taken_port_is_told_with_the_setting_that_changes_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var (code, told) = await RunAsync(("Portal__HttpPort", $"{port}"));
        Assert.Equal(1, code);
        Assert.Equal($"Port {port} is in use by another program. Stop that one, or set Portal__HttpPort to another port.", Assert.Single(told));
    }

    [Fact]
    public async Task It_does_not_serve_as_a_role_for_which_the_walls_do_not_hold()
    {
        foreach (var connection in new[] { database.OwnerConnectionString, database.SuperuserConnectionString })
        {
            var (code, told) = await RunAsync(("ConnectionStrings__Portal", connection));
            Assert.Equal(1, code);
            Assert.Contains(told, line => line.Contains("row-level security", StringComparison.Ordinal));
        }
    }

    /// <summary>Runs until it ends, which each of these must.</summary>
    private async Task<(int Code, string[] Told)> RunAsync(params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll")])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = database.ServingConnectionString,
                ["Portal__DataFolder"] = folder,
                ["Portal__HttpPort"] = "0",
                ["Portal__HttpsPort"] = "",
                ["Portal__Roles"] = "web",
            },
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancel), process.StandardError.ReadToEndAsync(Cancel));
        await process.WaitForExitAsync(Cancel);
        var everything = await output + await errors;
        Assert.DoesNotContain("   at ", everything);
        return (process.ExitCode, (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
