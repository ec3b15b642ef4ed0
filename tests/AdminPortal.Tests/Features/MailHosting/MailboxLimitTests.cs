using System.Net;
using AdminPortal.MailServer;
using AdminPortal.Tests.Hosting.Throttle;
using AdminPortal.Tests.Infrastructure;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using MimeKit;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>What is kept for one mailbox, with small limits, as a mail program meets them.</summary>
public sealed class MailboxLimitTests : IClassFixture<FiveDoors>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FiveDoors doors;
    private IPAddress last = IPAddress.Loopback;

    public MailboxLimitTests(FiveDoors doors)
    {
        this.doors = doors;
        doors.Portal.Set("Limits:Mailboxes:Folders", "9");
        doors.Portal.Set("Limits:Mailboxes:Octets", "3000");
        doors.Portal.Set("Limits:Mailboxes:SignInsKept", "3");
        doors.Open();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact, Reaches("Limits:Mailboxes:Folders")]
    public async Task A_folder_too_many_is_refused_and_the_mailbox_goes_on()
    {
        using var client = await OpenAsync(await doors.NewOwnerAsync());
        var top = client.GetFolder(client.PersonalNamespaces[0]);
        var made = 0;
        var refused = await Assert.ThrowsAsync<ImapCommandException>(async () =>
        {
            for (; made < 9; made++) await top.CreateAsync($"Folder {made}", isMessageFolder: true, Cancel);
        });
        Assert.Equal(ImapCommandResponse.No, refused.Response);
        Assert.InRange(made, 1, 8);
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
    }

    [Fact, Reaches("Limits:Mailboxes:Octets")]
    public async Task A_message_too_many_is_refused_for_its_size_and_what_is_there_stays()
    {
        using var client = await OpenAsync(await doors.NewOwnerAsync());
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        var before = client.Inbox.Count;
        var kept = 0;
        var refused = await Assert.ThrowsAsync<ImapCommandException>(async () =>
        {
            for (; kept < 10; kept++) await client.Inbox.AppendAsync(new MimeMessage { Subject = "Large", Body = new TextPart("plain") { Text = new string('x', 900) } }, MailKit.MessageFlags.None, Cancel);
        });
        Assert.Equal(ImapCommandResponse.No, refused.Response);
        await client.NoOpAsync(Cancel);
        Assert.Equal(before + kept, client.Inbox.Count);
        Assert.InRange(kept, 1, 3);
    }

    [Fact, Reaches("Limits:Mailboxes:SignInsKept")]
    public async Task Only_the_latest_sign_ins_are_kept()
    {
        var owner = await doors.NewOwnerAsync();
        for (var n = 0; n < 6; n++) (await OpenAsync(owner)).Dispose();

        // They are written a moment after the sign-in.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(Patience);
        using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await KeptAsync(owner.Name) is not (3, 1)) await look.WaitForNextTickAsync(patience.Token);
    }

    /// <summary>How many rows, and how many of them are the last sign-in's.</summary>
    private async Task<(long Rows, long Last)> KeptAsync(string name)
    {
        await using var source = NpgsqlDataSource.Create(doors.Portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(
            "SELECT count(*), count(*) FILTER (WHERE s.remote_address = $2) FROM sign_in_attempt s JOIN mailbox m ON m.id = s.mailbox_id WHERE m.address = $1");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = last.ToString() });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        await reader.ReadAsync(Cancel);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private async Task<ImapClient> OpenAsync((string Name, string Password) owner)
    {
        last = FiveDoors.NewAddress();
        var port = doors.Portal.Services.GetRequiredService<MailListeners>().Port("imaps");
        var client = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = (_, _, _, _) => true };
        await client.ConnectAsync(await FiveDoors.ConnectAsync(last, port, Cancel), "localhost", port, SecureSocketOptions.SslOnConnect, Cancel);
        await client.AuthenticateAsync(new SaslMechanismPlain(owner.Name, owner.Password), Cancel);
        return client;
    }
}
