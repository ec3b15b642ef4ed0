using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using AdminPortal.Tests.Infrastructure;

namespace AdminPortal.Benchmarks;

/// <summary>The portal as it is shipped, in a process of its own.</summary>
internal sealed class PortalProcess : IAsyncDisposable
{
    private readonly Process process;
    private readonly string dataFolder;

    private PortalProcess(Process process, string dataFolder) => (this.process, this.dataFolder) = (process, dataFolder);

    public int Id => process.Id;

    /// <summary>Starts it and waits until it serves.</summary>
    /// <param name="database">What it serves.</param>
    /// <param name="settings">As environment variables.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PortalProcess> StartAsync(DatabaseCopy database, IEnumerable<KeyValuePair<string, string>> settings, CancellationToken cancellationToken)
    {
        var dataFolder = Directory.CreateTempSubdirectory("adminportal-benchmark-").FullName;
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo("dotnet", [Environment.GetEnvironmentVariable("BENCHMARK_PORTAL") ?? Path.Combine(AppContext.BaseDirectory, "AdminPortal.dll")])
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["ConnectionStrings__Portal"] = database.ServingConnectionString,
                ["Portal__DataFolder"] = dataFolder,
                ["Portal__HttpsPort"] = "",
                ["Logging__LogLevel__Default"] = "Warning",
            },
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.StartsWith("Ready: ", StringComparison.Ordinal) == true) ready.TrySetResult();
            else if (e.Data is { Length: > 0 } line) Console.WriteLine(line);
        };
        process.Start();
        process.BeginOutputReadLine();
        await ready.Task.WaitAsync(TimeSpan.FromMinutes(1), cancellationToken);
        return new(process, dataFolder);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(dataFolder, recursive: true);
    }
}
