using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>Says on the console, in one line, that the portal serves and where; in the demonstration also who can sign in.</summary>
internal sealed class ReadyLine(IOptions<HostingOptions> options, IServer server, IHostApplicationLifetime lifetime) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Say);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Say()
    {
        if (Address() is not { } address) return;
        Console.WriteLine($"Ready: {address.TrimEnd('/')}");
        var demo = Path.Combine(options.Value.DataFolder, "demo.json");
        if (!options.Value.Demo || !File.Exists(demo)) return;
        foreach (var line in Users(demo)) Console.WriteLine($"  {line}");
        Console.WriteLine($"  Their passwords, and tokens for the API, are in {demo}");
    }

    // Where the system chose the port, only the server knows it; a server in memory listens nowhere.
    private string? Address() => options.Value is { PublicUrl: null, HttpPort: not > 0 }
        ? server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault()
        : options.Value.PublicAddress.ToString();

    // Names only: what is printed ends up in scroll-back buffers and logs.
    private static IEnumerable<string> Users(string demo)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(demo));
        return [.. document.RootElement.GetProperty("users").EnumerateArray().Select(user =>
            $"Sign in as {user.GetProperty("userName").GetString()} ({user.GetProperty("role").GetString()}"
            + $"{(user.GetProperty("tenant").GetString() is { } tenant ? $" of {tenant}" : "")})")];
    }
}
