using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Migrations;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AdminPortal.Benchmarks.Mail;

/// <summary>The portal's mail server as it is shipped, in a process that does nothing else.</summary>
internal sealed class PortalMail : IMailPeer, IAsyncDisposable
{
    private readonly PortalProcess process;
    private readonly int postmaster;

    private PortalMail(PortalProcess process, int postmaster, Certificate certificate, IReadOnlyList<int> ports)
    {
        (this.process, this.postmaster) = (process, postmaster);
        (Imap, Pop3, Delivery, Clear) = (certificate.At(ports[0]), certificate.At(ports[1]), certificate.At(ports[2]), certificate.At(ports[3]));
    }

    public MailDoor Imap { get; }

    public MailDoor Pop3 { get; }

    public MailDoor Delivery { get; }

    /// <summary>IMAP4 with STARTTLS, where strangers need no handshake to be a burden.</summary>
    public MailDoor Clear { get; }

    public IReadOnlyList<int> Programs => [process.Id, postmaster];

    public static async Task<PortalMail> StartAsync(
        DatabaseCopy database, Certificate certificate, CancellationToken cancellationToken, string role = "mail", params IEnumerable<KeyValuePair<string, string>> more)
    {
        var ports = Enumerable.Range(0, 4).Select(_ => PortalProcess.FreePort()).ToList();
        // What is measured is the work, not the refusal of it.
        const string unlimited = "100000";
        var process = await PortalProcess.StartAsync(
            database,
            [
                new("Portal__Roles", role), new("Portal__HttpPort", $"{PortalProcess.FreePort()}"),
                new("Portal__CertificatePath", certificate.File), new("Portal__CertificateKeyPath", certificate.KeyFile),
                new("MailServer__ImapPort", $"{ports[3]}"), new("MailServer__Pop3Port", ""), new("MailServer__SubmissionPort", ""),
                new("MailServer__ImapsPort", $"{ports[0]}"), new("MailServer__Pop3sPort", $"{ports[1]}"), new("MailServer__SubmissionsPort", $"{ports[2]}"),
                new("Portal__KeyFile", certificate.SecretFile), new("Portal__ExtraTrustedRoots", certificate.File),
                new("Limits__Mailboxes__MessagesPerHour", unlimited), new("Limits__Mailboxes__RecipientsPerHour", unlimited),
                new("MailServer__Limits__ConnectionsPerAddress", unlimited), new("MailServer__Limits__ConnectionsPerMailbox", unlimited),
                new("Limits__Mailboxes__MessagesPerHour", "1000000000"), new("Limits__Mailboxes__RecipientsPerHour", "1000000000"),
                .. more,
            ],
            cancellationToken);
        return new(process, new Pgbench(database.SuperuserConnectionString).Postmaster(), certificate, ports);
    }

    /// <summary>A process in front of it with the role <c>proxy</c>.</summary>
    public Task<PortalMail> StartProxyAsync(DatabaseCopy database, Certificate certificate, CancellationToken cancellationToken) => StartAsync(
        database, certificate, cancellationToken, "proxy",
        new("MailProxy__Host", "localhost"), new("MailProxy__ImapsPort", $"{Imap.Port}"), new("MailProxy__Pop3sPort", $"{Pop3.Port}"),
        new("MailProxy__SubmissionsPort", $"{Delivery.Port}"));

    /// <summary>The credential with which the proxy signs in, sealed with the key file that both processes read.</summary>
    public static async Task AddServiceCredentialAsync(DatabaseCopy database, Certificate certificate, CancellationToken cancellationToken)
    {
        await using var db = PortalDbContextFactory.Create(database.OwnerConnectionString);
        var credentials = new ServiceCredentials(new(new(Microsoft.Extensions.Options.Options.Create(new HostingOptions { KeyFile = certificate.SecretFile }))));
        db.Add(credentials.Generate(await db.Pods.IgnoreQueryFilters().FirstAsync(cancellationToken)));
        await db.SaveChangesAsync(cancellationToken);
    }

    /// <summary>Gives passwords to the first mailboxes of the largest tenant.</summary>
    public static async Task<IReadOnlyList<Account>> AccountsAsync(DatabaseCopy database, int count, CancellationToken cancellationToken)
    {
        await using var db = PortalDbContextFactory.Create(database.OwnerConnectionString);
        var passwords = new MailPasswords(db, new PasswordHasher<PortalUser>());
        var accounts = new List<Account>();
        foreach (var mailbox in await db.Mailboxes.IgnoreQueryFilters().OrderBy(m => m.Address).Take(count).ToListAsync(cancellationToken))
        {
            mailbox.Access = new(AccessSetting.Enabled, AccessSetting.Enabled, AccessSetting.Enabled);
            accounts.Add(new(mailbox.Address, MailPasswords.Generate()));
            await passwords.SetAccountPasswordAsync(mailbox, null, accounts[^1].Password, chosen: false, cancellationToken);
        }
        await db.SaveChangesAsync(cancellationToken);
        return accounts;
    }

    public async Task BeginDeliveryAsync(MailClient client, Account account, CancellationToken cancellationToken)
    {
        await client.AskAsync("EHLO localhost\r\n", End.Reply, cancellationToken);
        await client.AskAsync($"AUTH PLAIN {account.Plain}\r\n", End.Reply, cancellationToken);
    }

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
