using AdminPortal.Data;
using AdminPortal.Features.MailHosting;
using AdminPortal.Hosting;
using AdminPortal.Hosting.OutgoingMail;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.Connectivity;
using AdminPortal.Tests.Infrastructure;
using MailKit.Net.Pop3;
using MailKit.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MimeKit;
using Xunit;

namespace AdminPortal.Tests.Features.Members;

/// <summary>
/// The portal, and beside it a process with the real reference server before the same database: mail leaves the portal by SMTP over TLS,
/// signed in as a mailbox, and is read from the other end by POP3. Nothing is sent until a test says so.
/// </summary>
public sealed class MailingPortal(TestCluster cluster) : IAsyncLifetime
{
    private readonly OutgoingMailOptions outgoing = new();
    private WebApplication? server;

    public PortalFactory Portal { get; } = new(cluster);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Portal.InitializeAsync();
        var roots = Path.Combine(Portal.DataFolder, "test-roots.pem");
        await File.WriteAllTextAsync(roots, TestAuthority.Roots.ExportCertificatePems(), Cancel);
        Portal.Set("Portal:ExtraTrustedRoots", roots);
        // The port is known once it is bound; in production it is known from the settings.
        Portal.Replace<IOptions<OutgoingMailOptions>>(Options.Create(outgoing));
        var office = await Portal.NewTenantAsync(PortalFactory.NewName("office"));
        var sender = await Portal.NewMailboxAsync(office, "portal");
        server = await StartServerAsync();
        (outgoing.Host, outgoing.Port, outgoing.Security) = ("localhost", PortOf("submissions"), ConnectionSecurity.ImplicitTls);
        (outgoing.UserName, outgoing.Password, outgoing.From) = (sender.Address, sender.Password, $"Portal <{sender.Address}>");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        await Portal.DisposeAsync();
    }

    /// <summary>Changes how mail leaves, until the end of the block.</summary>
    internal IDisposable With(Action<OutgoingMailOptions> change)
    {
        var before = (outgoing.Host, outgoing.Port, outgoing.Security, outgoing.UserName, outgoing.Password, outgoing.From);
        change(outgoing);
        return new Undo(() => (outgoing.Host, outgoing.Port, outgoing.Security, outgoing.UserName, outgoing.Password, outgoing.From) = before);
    }

    public int PortOf(string listener) => server!.Services.GetRequiredService<MailListeners>().Port(listener);

    /// <summary>Sends what is due.</summary>
    public async Task SendAsync()
    {
        var worker = ActivatorUtilities.CreateInstance<OutgoingMailWorker>(Portal.Services);
        while (await worker.SendNextAsync(Cancel)) { }
    }

    /// <summary>Sends what is due, and reads all that the mailbox has, oldest first.</summary>
    public async Task<IReadOnlyList<MimeMessage>> ReadAsync(TestMailbox mailbox)
    {
        await SendAsync();
        using var client = new Pop3Client();
        client.CheckCertificateRevocation = false;
        client.ServerCertificateValidationCallback = Portal.Services.GetRequiredService<TrustedRoots>().ClientOptions("localhost").RemoteCertificateValidationCallback;
        await client.ConnectAsync("localhost", PortOf("pop3s"), SecureSocketOptions.SslOnConnect, Cancel);
        await client.AuthenticateAsync(mailbox.Address, mailbox.Password, Cancel);
        var messages = new List<MimeMessage>();
        for (var n = 0; n < client.Count; n++) messages.Add(await client.GetMessageAsync(n, Cancel));
        await client.DisconnectAsync(true, Cancel);
        return messages;
    }

    /// <summary>The path of the one link in the latest mail.</summary>
    public async Task<string> LinkAsync(TestMailbox mailbox)
    {
        var text = (await ReadAsync(mailbox))[^1].TextBody!;
        return new Uri(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Single(word => word.StartsWith("http", StringComparison.Ordinal))).AbsolutePath;
    }

    private async Task<WebApplication> StartServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            // One data folder: the same key file, and the authority that the portal trusts.
            new("ConnectionStrings:Portal", Portal.Database.ServingConnectionString), new("Portal:DataFolder", Portal.DataFolder),
            new("Portal:HttpPort", "0"), new("Portal:HttpsPort", ""), new("Portal:Roles", "mail"),
            .. new[] { "ImapPort", "ImapsPort", "Pop3Port", "Pop3sPort", "SubmissionPort", "SubmissionsPort" }
                .Select(port => new KeyValuePair<string, string?>($"MailServer:{port}", "0")),
        ]);
        builder.Logging.ClearProviders();
        builder.Services.AddData(Portal.Database.ServingConnectionString).AddHosting(builder.Configuration);
        builder.Services.AddLocalization();
        builder.Services.AddMailHosting(builder.Configuration);
        var application = builder.Build();
        await application.StartAsync(Cancel);
        return application;
    }

    private sealed class Undo(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
