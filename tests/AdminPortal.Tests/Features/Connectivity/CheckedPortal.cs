using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace AdminPortal.Tests.Features.Connectivity;

/// <summary>The portal with its own mail server on free ports, where checks go.</summary>
public sealed class CheckedPortal(TestCluster cluster) : IAsyncLifetime
{
    public PortalFactory Portal { get; } = new(cluster);

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        Portal.Set("Portal:Roles", "web,mail");
        // Ports are known once they are bound; in production they are known from the settings.
        Portal.Replace<IOptions<MailServerAddresses>>(new BoundAddresses(() => Portal.Services.GetRequiredService<MailListeners>()));
        Portal.Listen();
    }

    public ValueTask DisposeAsync() => Portal.DisposeAsync();

    /// <summary>A client with a new person's token, at the socket that speaks HTTP.</summary>
    public async Task<HttpClient> ApiAsync(TestTenant tenant, PortalRole role) => Bound(await Portal.ApiAsync(tenant, role));

    public HttpClient Bound(HttpClient client)
    {
        var mail = Portal.Services.GetRequiredService<MailListeners>().All.Select(listener => listener.Port).ToHashSet();
        var addresses = Portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a));
        var http = addresses.First(address => address.Scheme == "http" && !mail.Contains(address.Port));
        client.BaseAddress = new Uri($"http://localhost:{http.Port}");
        return client;
    }
}

/// <summary>Where the mail server really listens.</summary>
internal sealed class BoundAddresses(Func<MailListeners> listeners) : IOptions<MailServerAddresses>
{
    public MailServerAddresses Value => new()
    {
        ImapPort = listeners().Port("imap"),
        ImapsPort = listeners().Port("imaps"),
        Pop3Port = listeners().Port("pop3"),
        Pop3sPort = listeners().Port("pop3s"),
        SubmissionPort = listeners().Port("submission"),
        SubmissionsPort = listeners().Port("submissions"),
    };
}
