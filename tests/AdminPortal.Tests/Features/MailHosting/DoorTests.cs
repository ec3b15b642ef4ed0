using System.Diagnostics;
using System.Net.Security;
using System.Text;
using AdminPortal.Data;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MimeKit;
using Xunit;
using MailProtocol = AdminPortal.Data.MailProtocol;
using PortalMailbox = AdminPortal.Tests.Features.MailHosting.Person;

namespace AdminPortal.Tests.Features.MailHosting;

/// <summary>The portal's mail server as mail programs meet it: real sockets, TLS, MailKit.</summary>
public sealed class DoorTests(MailHouse house) : IClassFixture<MailHouse>
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_open_POP3_session_ends_within_a_second_of_the_switch_and_IMAP_goes_on()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var pop3 = await Pop3Async(person);
        using var imap = await ImapAsync(person);
        Assert.Equal(0, await pop3.GetMessageCountAsync(Token));

        var watch = Stopwatch.StartNew();
        await house.Second.PublishAsync(await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Disabled));
        var gone = await Record.ExceptionAsync(async () =>
        {
            while (watch.Elapsed < Moment) await pop3.NoOpAsync(Token);
        });

        Assert.NotNull(gone);
        Assert.True(watch.Elapsed < Moment, $"It took {watch.Elapsed}.");
        await imap.NoOpAsync(Token);
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Token);

        var refused = await Pop3RefusalAsync(person, MailHouse.Password);
        Assert.Contains("-ERR [AUTH] POP3 is switched off", refused, StringComparison.Ordinal);
        Assert.Contains("https://portal.example/my", refused, StringComparison.Ordinal);
        Assert.DoesNotContain("switched off", await Pop3RefusalAsync(person, "wrong"), StringComparison.Ordinal);

        await house.First.PublishAsync(await house.SwitchAsync(person, MailProtocol.Pop3, AccessSetting.Inherit));
        using var again = await Pop3Async(person);
    }

    [Fact]
    public async Task Switched_off_IMAP_and_SMTP_say_so_in_their_own_words()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        await house.SwitchAsync(person, MailProtocol.Imap, AccessSetting.Disabled);
        await house.SwitchAsync(person, MailProtocol.Smtp, AccessSetting.Disabled);

        var imap = await Assert.ThrowsAsync<AuthenticationException>(() => ImapAsync(person));
        var smtp = await Assert.ThrowsAsync<AuthenticationException>(() => SmtpAsync(person));

        Assert.Contains("IMAP4 is switched off", imap.Message, StringComparison.Ordinal);
        Assert.Contains("SMTP is switched off", smtp.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_sent_by_one_mailbox_arrives_at_another_that_is_waiting_for_it()
    {
        var (sender, receiver) = (await house.NewcomerAsync(house.Contoso), await house.NewcomerAsync(house.Contoso));
        using var imap = await ImapAsync(receiver, house.Second);
        await imap.Inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        enough.CancelAfter(TimeSpan.FromSeconds(20));
        using var heard = CancellationTokenSource.CreateLinkedTokenSource(enough.Token);
        imap.Inbox.CountChanged += (_, _) => heard.Cancel();
        var idling = imap.IdleAsync(heard.Token, enough.Token);

        using (var smtp = await SmtpAsync(sender))
        {
            var message = new MimeMessage();
            message.From.Add(MailboxAddress.Parse(sender.Address));
            message.To.Add(MailboxAddress.Parse(receiver.Address));
            message.Subject = "Grüße";
            message.Body = new TextPart("plain") { Text = "…\r\n.\r\nend" };
            await smtp.SendAsync(message, Token);
        }
        await idling;

        var arrived = Assert.Single(await imap.Inbox.FetchAsync(0, -1, MessageSummaryItems.UniqueId | MessageSummaryItems.Envelope, Token));
        Assert.Equal("Grüße", arrived.Envelope!.Subject);
        var read = await imap.Inbox.GetMessageAsync(arrived.UniqueId, Token);
        Assert.Equal(["Return-Path", "Received"], read.Headers.Take(2).Select(h => h.Field));
        Assert.Equal($"<{sender.Address}>", read.Headers["Return-Path"]);
        Assert.Equal("…\n.\nend", read.TextBody!.ReplaceLineEndings("\n").TrimEnd());
    }

    [Fact]
    public async Task A_client_that_comes_back_to_another_process_is_told_what_changed_and_what_is_gone()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var phone = await ImapAsync(person);
        await phone.EnableQuickResyncAsync(Token);
        var inbox = phone.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        for (var n = 0; n < 4; n++)
            await inbox.AppendAsync(new MimeMessage { Subject = $"{n}", Body = new TextPart("plain") { Text = "x" } }, cancellationToken: Token);
        await inbox.StatusAsync(StatusItems.HighestModSeq, Token);
        var (validity, modSeq, known) = (inbox.UidValidity, inbox.HighestModSeq, await inbox.SearchAsync(MailKit.Search.SearchQuery.All, Token));
        await phone.DisconnectAsync(quit: true, Token);

        using (var desk = await ImapAsync(person, house.Second))
        {
            await desk.Inbox!.OpenAsync(FolderAccess.ReadWrite, Token);
            await desk.Inbox.AddFlagsAsync(known[1], MessageFlags.Deleted, silent: true, Token);
            await desk.Inbox.ExpungeAsync(Token);
            await desk.Inbox.MoveToAsync(known[2], desk.GetFolder(SpecialFolder.Archive)!, Token);
            await desk.Inbox.AddFlagsAsync(known[3], MessageFlags.Flagged, silent: true, Token);
        }

        using var back = await ImapAsync(person);
        await back.EnableQuickResyncAsync(Token);
        var (vanished, flagged) = (new List<UniqueId>(), new List<(uint?, ulong?)>());
        back.Inbox!.MessagesVanished += (_, e) => vanished.AddRange(e.UniqueIds);
        back.Inbox.MessageFlagsChanged += (_, e) => flagged.Add((e.UniqueId?.Id, e.ModSeq));
        await back.Inbox.OpenAsync(FolderAccess.ReadWrite, validity, modSeq, known, Token);

        Assert.Equal([known[1], known[2]], vanished);
        Assert.Equal([(known[3].Id, back.Inbox.HighestModSeq)], flagged);
        var refused = await back.Inbox.StoreAsync(
            known, new StoreFlagsRequest(StoreAction.Add, MessageFlags.Seen) { UnchangedSince = modSeq, Silent = true }, Token);
        Assert.Equal([known[3]], refused);
    }

    [Fact]
    public async Task A_mailbox_cannot_send_as_another_or_to_the_outside()
    {
        using var smtp = await SmtpAsync(house.Contoso.Anna);
        var message = new MimeMessage { Body = new TextPart("plain") { Text = "x" } };
        var (anna, bruno) = (MailboxAddress.Parse(house.Contoso.Anna.Address), MailboxAddress.Parse(house.Contoso.Bruno.Address));

        await Assert.ThrowsAsync<SmtpCommandException>(() => smtp.SendAsync(message, bruno, [anna], Token));
        await Assert.ThrowsAsync<SmtpCommandException>(() => smtp.SendAsync(message, anna, [MailboxAddress.Parse("x@elsewhere.example")], Token));
        await smtp.SendAsync(message, anna, [bruno], Token);
    }

    [Fact]
    public async Task Two_programs_see_each_others_changes()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var phone = await ImapAsync(person);
        using var laptop = await ImapAsync(person, house.Second);
        await phone.Inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        await laptop.Inbox.OpenAsync(FolderAccess.ReadWrite, Token);
        var (uid, other) = (await AppendAsync(phone, "first"), await AppendAsync(phone, "second"));
        await EventuallyAsync(laptop, () => laptop.Inbox.Count == 2);
        var flags = new List<(int Index, MessageFlags Flags)>();
        laptop.Inbox.MessageFlagsChanged += (_, change) => flags.Add((change.Index, change.Flags & ~MessageFlags.Recent));

        await phone.Inbox.AddFlagsAsync(uid, MessageFlags.Seen, silent: true, Token);
        await EventuallyAsync(laptop, () => flags.Count > 0);
        Assert.Equal([(0, MessageFlags.Seen)], flags);

        await phone.Inbox.AddFlagsAsync(uid, MessageFlags.Deleted, silent: true, Token);
        await phone.Inbox.ExpungeAsync(Token);
        await EventuallyAsync(laptop, () => laptop.Inbox.Count == 1);
        Assert.Equal("second", (await laptop.Inbox.GetMessageAsync(other, Token)).Subject);
    }

    [Fact]
    public async Task POP3_reads_and_deletes_what_IMAP_stored()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        using var imap = await ImapAsync(person);
        await AppendAsync(imap, "first");
        await AppendAsync(imap, "second");
        using (var pop3 = await Pop3Async(person))
        {
            Assert.Equal(2, await pop3.GetMessageCountAsync(Token));
            Assert.Equal("second", (await pop3.GetMessageAsync(1, Token)).Subject);
            await pop3.DeleteMessageAsync(0, Token);
            await pop3.DisconnectAsync(quit: true, Token);
        }

        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Token);
        Assert.Equal("second", (await imap.Inbox.GetMessageAsync(0, Token)).Subject);
        Assert.Equal(1, imap.Inbox.Count);
    }

    [Fact]
    public async Task A_mailbox_has_sixteen_connections_of_a_protocol_and_no_more()
    {
        var person = await house.NewcomerAsync(house.Contoso);
        var clients = new List<ImapClient>();
        for (var i = 0; i < 16; i++) clients.Add(await ImapAsync(person));

        await Assert.ThrowsAnyAsync<Exception>(() => ImapAsync(person));
        Assert.Equal(16, house.First.Live.Of(person.At.Id, person.Id).Count);

        await clients[0].DisconnectAsync(quit: true, Token);
        clients[0] = await ImapAsync(person);
        foreach (var client in clients) client.Dispose();
    }

    [Fact]
    public async Task A_process_that_stops_says_goodbye()
    {
        var process = await house.StartAsync(house.Database.ServingConnectionString);
        using var imap = await ImapAsync(await house.NewcomerAsync(house.Contoso), process);
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        imap.Disconnected += (_, _) => gone.TrySetResult();
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Token);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var idling = Record.ExceptionAsync(() => imap.IdleAsync(done.Token, Token));

        var watch = Stopwatch.StartNew();
        await process.Services.GetRequiredService<IHost>().StopAsync(Token);

        Assert.NotNull(await idling);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"It took {watch.Elapsed}.");
        Assert.Empty(process.Live.All());
    }

    private async Task<ImapClient> ImapAsync(PortalMailbox person, MailProcess? process = null) =>
        await SignedInAsync(new ImapClient(), "imaps", person, MailHouse.Password, process);

    private async Task<Pop3Client> Pop3Async(PortalMailbox person) => await SignedInAsync(new Pop3Client(), "pop3s", person, MailHouse.Password, null);

    // MailKit keeps POP3's words out of its exception, so the conversation is listened to.
    private async Task<string> Pop3RefusalAsync(PortalMailbox person, string password)
    {
        using var heard = new MemoryStream();
        await Assert.ThrowsAsync<AuthenticationException>(
            () => SignedInAsync(new Pop3Client(new ProtocolLogger(heard, leaveOpen: true)), "pop3s", person, password, null));
        return Encoding.UTF8.GetString(heard.ToArray());
    }

    private async Task<SmtpClient> SmtpAsync(PortalMailbox person) => await SignedInAsync(new SmtpClient(), "submissions", person, MailHouse.Password, null);

    private async Task<T> SignedInAsync<T>(T client, string door, PortalMailbox person, string password, MailProcess? process) where T : MailService
    {
        try
        {
            client.CheckCertificateRevocation = false;
            // The development authority is nobody's trusted root here; the name is checked all the same.
            client.ServerCertificateValidationCallback = (_, _, _, errors) => (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) == SslPolicyErrors.None;
            await client.ConnectAsync("localhost", (process ?? house.First).Listeners.Port(door), SecureSocketOptions.SslOnConnect, Token);
            await client.AuthenticateAsync(person.Address, password, Token);
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }

    private static async Task<UniqueId> AppendAsync(ImapClient imap, string subject)
    {
        var message = new MimeMessage { Subject = subject, Body = new TextPart("plain") { Text = "x" } };
        message.From.Add(MailboxAddress.Parse("a@contoso.example"));
        return (await imap.Inbox.AppendAsync(message, cancellationToken: Token))!.Value;
    }

    // A program that asks again and again, as one without IDLE does; what it waits for is at most a second away.
    private static async Task EventuallyAsync(ImapClient imap, Func<bool> happened)
    {
        var watch = Stopwatch.StartNew();
        while (!happened() && watch.Elapsed < TimeSpan.FromSeconds(3)) await imap.NoOpAsync(Token);
        Assert.True(happened());
    }
}
