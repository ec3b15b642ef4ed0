using AdminPortal.Data;
using AdminPortal.MailServer;
using AdminPortal.Tests.Infrastructure;
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

    private sealed class BoundAddresses(Func<MailListeners> listeners) : IOptions<MailServerAddresses>
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
}
