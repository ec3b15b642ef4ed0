using System.Net.Http.Headers;
using System.Net.Http.Json;
using AdminPortal.Tests.Infrastructure;
using MailKit.Net.Imap;
using MailKit.Security;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>
/// What the mail programs of a machine are tried against: the portal in its own process with all its mail ports, TLS and PostgreSQL. A class
/// says <c>[Collection(MailPortal.Programs)]</c> and takes it; each test asks for a mailbox of its own, and for a <see cref="ProgramHome"/>.
/// </summary>
public sealed class MailPortal(TestCluster cluster) : IAsyncLifetime
{
    public const string Programs = "Mail programs";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("adminportal-programs-");
    private DatabaseCopy? database;
    private PortalProcess? process;
    private int given;

    internal PortalProcess Process => process ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    internal Ports Ports => Process.Ports;

    /// <summary>The certificate that a program must trust.</summary>
    internal string AuthorityPath => Process.AuthorityPath;

    internal DatabaseCopy Database => database ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        database = await (await cluster.StartedAsync()).CopyAsync(Cancel);
        process = await PortalProcess.StartAsync(database, folder.FullName, Cancel);
    }

    /// <summary>A mailbox that nobody else uses: no messages, all protocols on.</summary>
    internal async Task<DemoMailbox> NewMailboxAsync()
    {
        // The first of the demonstration have messages and exceptions.
        var mailbox = Process.Demo.Mailboxes.Where(m => m.Tenant == "contoso").ElementAt(20 + Interlocked.Increment(ref given));
        using var api = Process.Api("contoso", "TenantAdmin");
        using var on = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/tenants/contoso/mailboxes/{Uri.EscapeDataString(mailbox.Address)}/access")
        {
            Content = JsonContent.Create(new { pop3 = "enabled", imap = "enabled", smtp = "enabled" }),
            Headers = { IfMatch = { EntityTagHeaderValue.Any } },
        };
        using var answer = await api.SendAsync(on, Cancel);
        answer.EnsureSuccessStatusCode();
        return mailbox;
    }

    /// <summary>MailKit, signed in: to arrange what a program finds, and to look at what it left.</summary>
    internal async Task<ImapClient> ImapAsync(DemoMailbox mailbox)
    {
        var client = Process.Trusted(new ImapClient());
        await client.ConnectAsync("localhost", Ports.Imaps, SecureSocketOptions.SslOnConnect, Cancel);
        await client.AuthenticateAsync(mailbox.Address, mailbox.Password, Cancel);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        if (database is not null) await database.DisposeAsync();
        folder.Delete(recursive: true);
    }
}

/// <summary>One portal for all of them: it takes seconds to start.</summary>
[CollectionDefinition(MailPortal.Programs)]
public sealed class MailProgramsCollection : ICollectionFixture<MailPortal>;
