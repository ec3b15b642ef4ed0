using System.Text;
using AdminPortal.Data;
using AdminPortal.Features.MailHosting.Relay;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;
using AdminPortal.Tests.Features.Connectivity;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting.Relay;

/// <summary>The mail house with a smarthost beside it. Nothing is sent until a test says so.</summary>
public sealed class RelayHouse(TestCluster cluster) : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("relayhouse-").FullName;

    public MailHouse House { get; } = new(cluster);

    internal ScriptedSmarthost Smarthost { get; private set; } = null!;

    internal MailProcess Process { get; private set; } = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await House.InitializeAsync();
        Smarthost = new() { Certificate = TestAuthority.Localhost };
        var roots = Path.Combine(folder, "roots.pem");
        await File.WriteAllTextAsync(roots, TestAuthority.Roots.ExportCertificatePems(), Token);
        Process = await House.StartAsync(
            House.ServingConnectionString, ("Portal:ExtraTrustedRoots", roots), ("MailServer:HostName", "mail.contoso.example"), ("MailServer:Smarthost:Host", "localhost"),
            ("MailServer:Smarthost:Port", $"{Smarthost.Port}"), ("MailServer:Smarthost:UserName", "relay"), ("MailServer:Smarthost:Password", "canary-of-the-relay"),
            ("MailServer:Smarthost:Timeout", "00:00:20"));
    }

    public async ValueTask DisposeAsync()
    {
        await Smarthost.DisposeAsync();
        await House.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>A smarthost that does the usual, and a queue with nothing in it.</summary>
    internal async Task CalmAsync()
    {
        Smarthost.Answers = _ => null;
        Smarthost.HangsUpAfterTheDot = false;
        Smarthost.Extensions = ScriptedSmarthost.UsualExtensions;
        (Smarthost.Certificate, Smarthost.StartsWithTls) = (TestAuthority.Localhost, true);
        Smarthost.Heard.Clear();
        Smarthost.Messages.Clear();
        await AsSuperuserAsync("DELETE FROM relayed_message");
    }

    /// <summary>A worker of its own, which does nothing by itself.</summary>
    internal RelayWorker Worker(Action<SmarthostOptions>? change = null)
    {
        var services = Process.Services;
        var set = services.GetRequiredService<IOptions<SmarthostOptions>>().Value;
        var options = Options.Create(new SmarthostOptions
        {
            Host = set.Host, Port = set.Port, Security = set.Security, UserName = set.UserName, Password = set.Password, Timeout = set.Timeout,
        });
        change?.Invoke(options.Value);
        var smarthost = ActivatorUtilities.CreateInstance<SmarthostDelivery>(services, options);
        return ActivatorUtilities.CreateInstance<RelayWorker>(
            services, ActivatorUtilities.CreateInstance<RelayQueue>(services), ActivatorUtilities.CreateInstance<RelayReports>(services, smarthost), smarthost, options);
    }

    /// <summary>Makes an attempt for everything that is due.</summary>
    internal async Task SendAsync(Action<SmarthostOptions>? change = null)
    {
        var worker = Worker(change);
        while (await worker.SendNextAsync(Token)) { }
    }

    /// <summary>The same, however long its pause is meant to be.</summary>
    internal async Task SendAgainAsync(Action<SmarthostOptions>? change = null)
    {
        await AsSuperuserAsync("UPDATE relayed_message SET next_at = now() WHERE state = 1");
        await SendAsync(change);
    }

    internal async Task<SubmitOutcome> SubmitAsync(Person sender, SubmittedMessage message)
    {
        await using var session = await Process.EnterAsync(sender, MailServer.MailProtocol.Smtp);
        return await session.Submission.SubmitAsync(message, Token);
    }

    internal async Task<(RelayedMessage Message, List<RelayedRecipient> Recipients)> QueuedAsync(Person sender)
    {
        await using var db = House.Serving(sender.At);
        var message = await db.RelayedMessages.AsNoTracking().SingleAsync(m => m.MailboxId == sender.Id, Token);
        return (message, await db.RelayedRecipients.AsNoTracking().Where(r => r.MessageId == message.Id).OrderBy(r => r.Position).ToListAsync(Token));
    }

    internal async Task AsSuperuserAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(House.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    internal static MemoryStream Octets(string content) => new(Encoding.UTF8.GetBytes(content));
}
