using AdminPortal.Data;
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
        (Imap, Pop3, Delivery) = (certificate.At(ports[0]), certificate.At(ports[1]), certificate.At(ports[2]));
    }

    public MailDoor Imap { get; }

    public MailDoor Pop3 { get; }

    public MailDoor Delivery { get; }

    public IReadOnlyList<int> Programs => [process.Id, postmaster];

    /// <summary>The server alone, without the database.</summary>
    public int Server => process.Id;

    public static async Task<PortalMail> StartAsync(
        DatabaseCopy database, Certificate certificate, CancellationToken cancellationToken, params IEnumerable<KeyValuePair<string, string>> more)
    {
        var ports = Enumerable.Range(0, 3).Select(_ => PortalProcess.FreePort()).ToList();
        // What is measured is the work, not the refusal of it.
        const string unlimited = "100000";
        var process = await PortalProcess.StartAsync(
            database,
            [
                new("Portal__Roles", "mail"), new("Portal__HttpPort", $"{PortalProcess.FreePort()}"),
                new("Portal__CertificatePath", certificate.File), new("Portal__CertificateKeyPath", certificate.KeyFile),
                new("MailServer__ImapPort", ""), new("MailServer__Pop3Port", ""), new("MailServer__SubmissionPort", ""),
                new("MailServer__ImapsPort", $"{ports[0]}"), new("MailServer__Pop3sPort", $"{ports[1]}"), new("MailServer__SubmissionsPort", $"{ports[2]}"),
                new("MailServer__Limits__ConnectionsPerAddress", unlimited), new("MailServer__Limits__ConnectionsPerMailbox", unlimited),
                new("Limits__Mailboxes__MessagesPerHour", "1000000000"), new("Limits__Mailboxes__RecipientsPerHour", "1000000000"),
                .. more,
            ],
            cancellationToken);
        return new(process, new Pgbench(database.SuperuserConnectionString).Postmaster(), certificate, ports);
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
