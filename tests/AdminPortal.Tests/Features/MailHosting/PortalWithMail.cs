using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>A portal with its mail server, for tests that make a password at one door and use it at another.</summary>
public class PortalWithMail(TestCluster cluster) : IAsyncLifetime
{
    public PortalFactory Portal { get; } = new(cluster);

    internal MailDoors Doors => new(Portal.Services.GetRequiredService<MailListeners>());

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        Portal.Set("Portal:Roles", "web,mail,worker");
        // Every test comes from the same addresses, and many of them with what is wrong.
        foreach (var limit in new[] { "PerAccount", "PerAddress", "PerNetwork", "PerWideNetwork", "Free" }) Portal.Set($"Limits:Guesses:{limit}", "100000");
        Portal.Set("Limits:Guesses:Repeats", "50000");
        Arrange();
        Portal.Listen();
    }

    public async ValueTask DisposeAsync()
    {
        await Portal.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>More settings, before it starts.</summary>
    protected virtual void Arrange()
    {
    }

    /// <summary>A client with a new person's token of every scope.</summary>
    public async Task<HttpClient> ApiAsync(TestTenant tenant, PortalRole role)
    {
        var client = await Portal.ApiAsync(tenant, role);
        client.BaseAddress = Address("http");
        return client;
    }

    public Uri Address(string scheme)
    {
        var mail = Portal.Services.GetRequiredService<MailListeners>().All.Select(listener => listener.Port).ToHashSet();
        var all = Portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a));
        return new($"{scheme}://localhost:{all.First(a => a.Scheme == scheme && !mail.Contains(a.Port)).Port}");
    }
}

/// <summary>The same, and issuers on this machine may be named.</summary>
public sealed class PortalWithIssuers(TestCluster cluster) : PortalWithMail(cluster)
{
    protected override void Arrange() => Portal.Set("OpenIdConnect:AllowLoopback", "true");
}
