using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;
using AdminPortal.Features.MailHosting;
using AdminPortal.Hosting;
using AdminPortal.MailServer;
using AdminPortal.Tests.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>
/// Two organisations with mailboxes, and mail-serving processes before one database: each is the portal's own composition of data, hosting
/// and mail, started within the test's process on ports of its own.
/// </summary>
public sealed class MailHouse : IAsyncLifetime
{
    public const string Password = "anna-has-a-password";
    private readonly TestCluster? cluster;
    private readonly string folder = Path.Combine(Path.GetTempPath(), $"mailhouse-{Guid.CreateVersion7():N}");
    private readonly List<WebApplication> processes = [];
    private DatabaseCopy? copy;
    private string? servingConnectionString;

    public MailHouse(TestCluster cluster) => this.cluster = cluster;

    /// <summary>On a migrated, empty database of the test's own.</summary>
    internal MailHouse(string servingConnectionString) => this.servingConnectionString = servingConnectionString;

    /// <summary>Settings of its processes beside the usual ones.</summary>
    internal IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    public Organisation Contoso { get; } = new("contoso.example");

    public Organisation Fabrikam { get; } = new("fabrikam.example");

    internal DatabaseCopy Database => copy ?? throw new InvalidOperationException("This house stands on a database of the test's own.");

    internal string ServingConnectionString =>
        servingConnectionString ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    /// <summary>The process that most tests talk to.</summary>
    internal MailProcess First { get; private set; } = null!;

    /// <summary>Another process before the same database.</summary>
    internal MailProcess Second { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (cluster is not null) copy = await (await cluster.StartedAsync()).CopyAsync(TestContext.Current.CancellationToken);
        servingConnectionString ??= Database.ServingConnectionString;
        await FillAsync(Contoso);
        await FillAsync(Fabrikam);
        First = await StartAsync(ServingConnectionString);
        Second = await StartAsync(ServingConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes) await process.DisposeAsync();
        if (copy is not null) await copy.DisposeAsync();
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }

    internal Task<MailProcess> StartAsync(string connectionString, params (string Name, string Value)[] settings) => StartAsAsync("mail", connectionString, settings);

    internal async Task<MailProcess> StartAsAsync(string role, string connectionString, params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(
        [
            new("ConnectionStrings:Portal", connectionString), new("Portal:DataFolder", folder), new("Portal:PublicUrl", "https://portal.example"),
            new("Portal:HttpPort", "0"), new("Portal:HttpsPort", ""), new("Portal:Roles", role), new("MailHosting:SessionSweep", "00:00:01"),
            new("Limits:Guesses:RefusalTakes", "00:00:00.001"),
            .. new[] { "ImapPort", "ImapsPort", "Pop3Port", "Pop3sPort", "SubmissionPort", "SubmissionsPort" }
                .Select(port => new KeyValuePair<string, string?>($"MailServer:{port}", "0")),
            .. Settings,
            .. settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)),
        ]);
        builder.Logging.ClearProviders();
        builder.Services.AddData(connectionString).AddHosting(builder.Configuration);
        builder.Services.AddLocalization();
        builder.Services.AddMailHosting(builder.Configuration);
        var process = builder.Build();
        processes.Add(process);
        await process.StartAsync(TestContext.Current.CancellationToken);
        return new(process.Services);
    }

    /// <summary>Adds a mailbox of a test's own, so that tests do not meet.</summary>
    public async Task<Person> NewcomerAsync(Organisation at, string? language = null, Guid? podId = null, params string[] aliases)
    {
        return await NewcomerAsync(at, $"m{Guid.CreateVersion7():N}", language, podId, Password, aliases);
    }

    internal async Task<Person> NewcomerAsync(Organisation at, string name, string? language, Guid? podId, string password, params string[] aliases)
    {
        await using var db = Serving(at);
        return await AddAsync(db, at, name, language, podId, aliases, password);
    }

    /// <summary>Sets a switch as the portal does: the row and the feed's entry in one transaction. The caller publishes, or does not.</summary>
    public async Task<AccessChange> SwitchAsync(Person person, MailProtocol protocol, AccessSetting setting)
    {
        await using var db = Serving(person.At);
        var mailbox = await db.Mailboxes.SingleAsync(m => m.Id == person.Id, TestContext.Current.CancellationToken);
        mailbox.Access = mailbox.Access.With(protocol, setting);
        db.ChangeFeedEntries.Add(new() { TenantId = person.At.Id, MailboxId = person.Id });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return new(person.At.Id, person.Id);
    }

    public PortalDbContext Serving(Organisation at)
    {
        var scope = new TenantScope();
        scope.Enter(at.Id);
        return ServingContext.Create(ServingConnectionString, scope);
    }

    private async Task FillAsync(Organisation at)
    {
        await using var db = Serving(at);
        db.Tenants.Add(new() { Id = at.Id, Slug = at.Domain.Split('.')[0], Name = at.Domain });
        db.Domains.Add(new() { TenantId = at.Id, Id = at.DomainId, Name = at.Domain, ActiveSince = DateTimeOffset.UnixEpoch });
        db.Pods.Add(new() { TenantId = at.Id, Id = at.PodId, Name = "Reference server", Kind = PodKind.Embedded });
        db.Pods.Add(new() { TenantId = at.Id, Id = at.ExchangeId, Name = "Exchange Online", Kind = PodKind.ExchangeScript });
        db.ServiceCredentials.Add(new()
        {
            TenantId = at.Id,
            PodId = at.PodId,
            UserName = at.ServiceUser,
            ProtectedPassword = [],
            PasswordHash = SHA256.HashData(Encoding.UTF8.GetBytes(at.ServicePassword)),
        });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        at.Anna = await AddAsync(db, at, "anna", "en", null, ["sales"]);
        at.Bruno = await AddAsync(db, at, "bruno", "fr", null, []);
        at.Exchanger = await AddAsync(db, at, "exchanger", null, at.ExchangeId, []);
    }

    private static async Task<Person> AddAsync(PortalDbContext db, Organisation at, string name, string? language, Guid? podId, string[] aliases, string password = Password)
    {
        var mailbox = new Mailbox
        {
            TenantId = at.Id,
            Id = Guid.CreateVersion7(),
            Address = $"{name}@{at.Domain}",
            DisplayName = name,
            DomainId = at.DomainId,
            PodId = podId ?? at.PodId,
            Language = language,
            Aliases = [.. aliases.Select(alias => new MailboxAlias { TenantId = at.Id, Address = $"{alias}@{at.Domain}" })],
        };
        db.Mailboxes.Add(mailbox);
        await new MailPasswords(db, new PasswordHasher<PortalUser>()).SetAccountPasswordAsync(
            mailbox, null, password, chosen: false, TestContext.Current.CancellationToken);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return new(at, mailbox.Id, mailbox.Address);
    }
}

/// <summary>A tenant with one domain, a pod that is served here and one that is not.</summary>
public sealed class Organisation(string domain)
{
    public string Domain => domain;

    public Guid Id { get; } = Guid.CreateVersion7();

    public Guid DomainId { get; } = Guid.CreateVersion7();

    public Guid PodId { get; } = Guid.CreateVersion7();

    public Guid ExchangeId { get; } = Guid.CreateVersion7();

    public string ServiceUser => $"service@{domain}";

    public string ServicePassword { get; } = RandomNumberGenerator.GetHexString(64);

    public Person Anna { get; set; } = null!;

    public Person Bruno { get; set; } = null!;

    /// <summary>Her mailbox lies at Exchange Online.</summary>
    public Person Exchanger { get; set; } = null!;
}

public sealed record Person(Organisation At, Guid Id, string Address);

/// <summary>One mail-serving process, through its front door: the backend as the mail server's library sees it.</summary>
internal sealed class MailProcess(IServiceProvider services)
{
    private static readonly MailPeer Peer = new("test", IPAddress.Parse("192.0.2.7"), 993, new MailTls(SslProtocols.Tls13, "", null));

    public IServiceProvider Services => services;

    public MailListeners Listeners => services.GetRequiredService<MailListeners>();

    public IMailBackend Backend => services.GetRequiredService<IMailBackend>();

    public LiveSessions Live => services.GetRequiredService<LiveSessions>();

    public Task<AuthenticationResult> SignInAsync(
        MailServer.MailProtocol protocol, string name, string password = MailHouse.Password, string? actingFor = null) =>
        Backend.AuthenticateAsync(
            protocol,
            new PasswordCredentials { Mechanism = "PLAIN", AuthenticationIdentity = name, AuthorizationIdentity = actingFor, Password = new(password) },
            Peer, TestContext.Current.CancellationToken);

    public async Task<IMailSession> EnterAsync(Person person, MailServer.MailProtocol protocol = MailServer.MailProtocol.Imap) =>
        Assert.IsType<AuthenticationResult.Succeeded>(await SignInAsync(protocol, person.Address)).Session;

    /// <summary>All that lies in the mailbox's INBOX.</summary>
    public async Task<List<string>> InboxAsync(Person person)
    {
        await using var session = await EnterAsync(person);
        var opened = Assert.IsType<OpenFolderOutcome.Opened>(await session.Store.OpenFolderAsync("INBOX", true, TestContext.Current.CancellationToken));
        var contents = new List<string>();
        await foreach (var message in opened.Folder.ReadAsync([.. opened.Snapshot.Messages.Select(m => m.Uid)], ContentScope.Whole, TestContext.Current.CancellationToken))
            contents.Add(await new StreamReader(message.Content).ReadToEndAsync(TestContext.Current.CancellationToken));
        await opened.Folder.DisposeAsync();
        return contents;
    }

    public Task<int> PublishAsync(AccessChange change) =>
        services.GetRequiredService<ChangeFeed>().PublishAsync(change, TestContext.Current.CancellationToken);
}
