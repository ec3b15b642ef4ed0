using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using AdminPortal.MailServerTests.Sasl;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Net.Pop3;
using MailKit.Net.Smtp;
using MailKit.Search;
using MailKit.Security;
using MimeKit;
using Xunit;
using MessageFlags = MailKit.MessageFlags;

namespace AdminPortal.MailServerTests.Clients;

/// <summary>MailKit's three clients over real sockets and TLS, as the portal's own checker uses them.</summary>
public sealed class MailKitTests(MailHost host) : IClassFixture<MailHost>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("imaps", SecureSocketOptions.SslOnConnect)]
    [InlineData("imap", SecureSocketOptions.StartTls)]
    public async Task Imap_signs_in_lists_reads_and_changes(string listener, SecureSocketOptions security)
    {
        var mailbox = host.NewMailbox();
        using var client = await ImapAsync(mailbox, listener, security);

        var folders = await client.GetFoldersAsync(client.PersonalNamespaces[0], cancellationToken: Cancelled);
        Assert.Equal(["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"], folders.Select(f => f.Name).Order());
        Assert.Equal("Sent", client.GetFolder(SpecialFolder.Sent)?.Name);

        var sent = Message("Grüße aus Łódź", "Zażółć gęślą jaźń");
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadWrite, Cancelled);
        var uid = await inbox.AppendAsync(sent, MessageFlags.Flagged, cancellationToken: Cancelled);
        Assert.NotNull(uid);

        var summary = Assert.Single(await inbox.FetchAsync(
            0, -1, MessageSummaryItems.Full | MessageSummaryItems.BodyStructure | MessageSummaryItems.UniqueId, Cancelled));
        Assert.Equal("Grüße aus Łódź", summary.Envelope!.Subject);
        Assert.Equal("Ålice", ((MailboxAddress)summary.Envelope.From[0]).Name);
        Assert.Equal("notes ñ.txt", summary.Attachments.Single().FileName);
        Assert.True(summary.Flags!.Value.HasFlag(MessageFlags.Flagged));

        var body = (TextPart)await inbox.GetBodyPartAsync(summary.UniqueId, summary.TextBody!, Cancelled);
        Assert.Equal("Zażółć gęślą jaźń", body.Text.TrimEnd());
        var whole = await inbox.GetMessageAsync(uid.Value, Cancelled);
        Assert.Equal(sent.MessageId, whole.MessageId);

        await inbox.AddFlagsAsync(uid.Value, MessageFlags.Deleted, silent: true, Cancelled);
        Assert.Equal([uid.Value], await inbox.SearchAsync(SearchQuery.Deleted.And(SearchQuery.SubjectContains("łódź")), Cancelled));
        await inbox.ExpungeAsync(Cancelled);
        Assert.Empty(inbox);
        await client.DisconnectAsync(true, Cancelled);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Imap_makes_renames_and_removes_folders_and_moves_messages()
    {
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: one\n\nHello\n");
        host.Backend.Deliver(mailbox, "Subject: two\n\nHello\n");
        using var client = await ImapAsync(mailbox, "imaps", SecureSocketOptions.SslOnConnect);

        var top = client.GetFolder(client.PersonalNamespaces[0]);
        var projects = (await top.CreateAsync("Проекты & co", isMessageFolder: true, Cancelled))!;
        var child = (await projects.CreateAsync("2026", isMessageFolder: true, Cancelled))!;
        await projects.SubscribeAsync(Cancelled);
        Assert.Equal("Проекты & co/2026", child.FullName);

        await client.Inbox!.OpenAsync(FolderAccess.ReadWrite, Cancelled);
        var moved = await client.Inbox.MoveToAsync([new UniqueId(1)], child, Cancelled);
        Assert.Single(moved);
        var copied = await client.Inbox.CopyToAsync([new UniqueId(2)], child, Cancelled);
        Assert.Single(copied);
        Assert.Single(client.Inbox);
        await child.StatusAsync(StatusItems.Count | StatusItems.Unread | StatusItems.Size, Cancelled);
        Assert.Equal(2, child.Count);

        await child.OpenAsync(FolderAccess.ReadWrite, Cancelled);
        await child.CloseAsync(expunge: false, Cancelled);
        await child.RenameAsync(top, "Ferien", Cancelled);
        Assert.Equal("Ferien", child.FullName);
        await child.DeleteAsync(Cancelled);
        await projects.DeleteAsync(Cancelled);
        await client.DisconnectAsync(true, Cancelled);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Imap_idle_hears_of_a_delivery()
    {
        var mailbox = host.NewMailbox();
        using var client = await ImapAsync(mailbox, "imaps", SecureSocketOptions.SslOnConnect);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly, Cancelled);
        using var done = new CancellationTokenSource();
        var arrived = new TaskCompletionSource();
        client.Inbox.CountChanged += (_, _) => arrived.TrySetResult();
        var idle = client.IdleAsync(done.Token, Cancelled);

        host.Backend.Deliver(mailbox, "Subject: news\n\nHello\n");

        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
        await done.CancelAsync();
        await idle;
        Assert.Single(client.Inbox);
        await client.DisconnectAsync(true, Cancelled);
    }

    [Fact]
    public async Task Imap_resynchronises_quickly_and_stores_under_a_condition()
    {
        var mailbox = host.NewMailbox();
        for (var n = 0; n < 5; n++)
            host.Backend.Deliver(mailbox, $"Subject: {n}\n\nHello\n");
        using var client = await ImapAsync(mailbox, "imaps", SecureSocketOptions.SslOnConnect);
        await client.EnableQuickResyncAsync(Cancelled);
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadWrite, Cancelled);
        var (validity, modSeq) = (inbox.UidValidity, inbox.HighestModSeq);
        var known = await inbox.SearchAsync(SearchQuery.All, Cancelled);
        await inbox.CloseAsync(expunge: false, Cancelled);
        host.Backend.Change(mailbox, [4], [2, 3]);

        var vanished = new List<(UniqueId Uid, bool Earlier)>();
        var flagged = new List<(uint? Uid, ulong? ModSeq)>();
        inbox.MessagesVanished += (_, e) => vanished.AddRange(e.UniqueIds.Select(uid => (uid, e.Earlier)));
        inbox.MessageFlagsChanged += (_, e) => flagged.Add((e.UniqueId?.Id, e.ModSeq));
        await inbox.OpenAsync(FolderAccess.ReadWrite, validity, modSeq, known, Cancelled);
        Assert.Equal([(new UniqueId(validity, 2), true), (new UniqueId(validity, 3), true)], vanished);
        Assert.Equal([(4u, inbox.HighestModSeq)], flagged);
        Assert.Equal(3, inbox.Count);

        var store = new StoreFlagsRequest(StoreAction.Add, MessageFlags.Deleted) { UnchangedSince = modSeq, Silent = true };
        Assert.Equal([4u], (await inbox.StoreAsync([new UniqueId(1), new UniqueId(4)], store, Cancelled)).Select(uid => uid.Id));
        var changed = await inbox.FetchAsync(0, -1, new FetchRequest(MessageSummaryItems.UniqueId | MessageSummaryItems.Flags) { ChangedSince = modSeq }, Cancelled);
        Assert.Equal([1u, 4u], changed.Select(m => m.UniqueId.Id).Order());

        vanished.Clear();
        await inbox.ExpungeAsync(Cancelled);
        Assert.Equal([(1u, false)], vanished.Select(v => (v.Uid.Id, v.Earlier)));
        await client.DisconnectAsync(true, Cancelled);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Imap_tells_quotas_and_saves_searches()
    {
        var mailbox = host.NewMailbox();
        host.Backend.SetQuota(mailbox, 20 * 1024);
        host.Backend.Deliver(mailbox, "Subject: one\n\nHello\n");
        using var client = await ImapAsync(mailbox, "imaps", SecureSocketOptions.SslOnConnect);
        var quota = await client.Inbox!.GetQuotaAsync(Cancelled);
        Assert.Equal((1u, 20u), (quota.CurrentStorageSize, quota.StorageLimit));

        await client.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancelled);
        var found = await client.Inbox.SearchAsync(SearchOptions.All | SearchOptions.Count | SearchOptions.Min, SearchQuery.SubjectContains("one"), Cancelled);
        Assert.Equal((1, 1u), (found.Count, found.Min!.Value.Id));
        await client.DisconnectAsync(true, Cancelled);
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("pop3s", SecureSocketOptions.SslOnConnect)]
    [InlineData("pop3", SecureSocketOptions.StartTls)]
    public async Task Pop3_signs_in_reads_and_deletes(string listener, SecureSocketOptions security)
    {
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: one\nMessage-ID: <one@x>\n\n.dots\n..more\n");
        host.Backend.Deliver(mailbox, "Subject: two\n\nHello\n");
        using var client = new Pop3Client { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await client.ConnectAsync("localhost", host.Port(listener), security, Cancelled);
        await client.AuthenticateAsync(mailbox, TestServer.Password, Cancelled);

        Assert.Equal(2, client.Count);
        Assert.Equal(2, (await client.GetMessageUidsAsync(Cancelled)).Distinct().Count());
        Assert.Equal(".dots\r\n..more\r\n", ((TextPart)(await client.GetMessageAsync(0, Cancelled)).Body!).Text.ReplaceLineEndings("\r\n"));
        Assert.Equal("two", (await client.GetMessageHeadersAsync(1, Cancelled))[HeaderId.Subject]);
        await client.DeleteMessageAsync(0, Cancelled);
        await client.DisconnectAsync(true, Cancelled);
        Assert.Single(host.Backend.Messages(mailbox));
        Assert.Empty(host.Errors);
    }

    [Theory]
    [InlineData("submissions", SecureSocketOptions.SslOnConnect)]
    [InlineData("submission", SecureSocketOptions.StartTls)]
    public async Task Smtp_sends_between_mailboxes(string listener, SecureSocketOptions security)
    {
        var (from, to) = (host.NewMailbox(), host.NewMailbox());
        using var client = await SmtpAsync(from, listener, security);
        var message = Message("Hello", ".a line that begins with a dot\r\n.\r\nand one that is a dot");
        message.From.Clear();
        message.From.Add(new MailboxAddress("Me", from));
        message.To.Clear();
        message.To.Add(new MailboxAddress("You", to));
        Assert.Contains("Accepted as", await client.SendAsync(message, Cancelled), StringComparison.Ordinal);
        await client.DisconnectAsync(true, Cancelled);

        var received = await MimeMessage.LoadAsync(Stream(Assert.Single(host.Backend.Messages(to))), Cancelled);
        Assert.Equal(message.MessageId, received.MessageId);
        Assert.Equal(".a line that begins with a dot\r\n.\r\nand one that is a dot", received.TextBody!.ReplaceLineEndings("\r\n").TrimEnd());
        Assert.Equal($"<{from}>", received.Headers[HeaderId.ReturnPath]);
        Assert.Contains("with ESMTPSA", received.Headers[HeaderId.Received], StringComparison.Ordinal);
        Assert.Empty(host.Errors);
    }

    [Fact]
    public async Task Smtp_refuses_a_foreign_sender_and_a_foreign_domain()
    {
        var from = host.NewMailbox();
        using var client = await SmtpAsync(from, "submissions", SecureSocketOptions.SslOnConnect);
        var message = Message("Hello", "Hello");
        var liar = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(
            message, MailboxAddress.Parse("boss@contoso.example"), [MailboxAddress.Parse(from)], Cancelled));
        Assert.Equal(SmtpErrorCode.SenderNotAccepted, liar.ErrorCode);
        var relay = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(
            message, MailboxAddress.Parse(from), [MailboxAddress.Parse("someone@elsewhere.example")], Cancelled));
        Assert.Equal(SmtpErrorCode.RecipientNotAccepted, relay.ErrorCode);
    }

    [Fact]
    public async Task A_switched_off_protocol_tells_its_reason_while_the_others_go_on()
    {
        var mailbox = host.NewMailbox();
        using var open = await ImapAsync(mailbox, "imaps", SecureSocketOptions.SslOnConnect);
        host.Backend.SwitchOff(mailbox, MailProtocol.Pop3, "POP3 is switched off: demandez à votre administrateur.");
        host.Backend.SwitchOff(mailbox, MailProtocol.Smtp, "SMTP is switched off.");

        // MailKit's POP3 client keeps the server's words to itself: "Authentication failed." Its protocol log has them.
        using var said = new MemoryStream();
        using var pop3 = new Pop3Client(new ProtocolLogger(said)) { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await pop3.ConnectAsync("localhost", host.Port("pop3s"), SecureSocketOptions.SslOnConnect, Cancelled);
        await Assert.ThrowsAsync<AuthenticationException>(
            () => pop3.AuthenticateAsync(new SaslMechanismPlain(mailbox, TestServer.Password), Cancelled));
        Assert.Contains(
            "-ERR [AUTH] POP3 is switched off: demandez à votre administrateur.", Encoding.UTF8.GetString(said.ToArray()),
            StringComparison.Ordinal);
        using var smtp = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await smtp.ConnectAsync("localhost", host.Port("submissions"), SecureSocketOptions.SslOnConnect, Cancelled);
        var refused = await Assert.ThrowsAsync<AuthenticationException>(() => smtp.AuthenticateAsync(mailbox, TestServer.Password, Cancelled));
        Assert.Contains("SMTP is switched off.", refused.ToString(), StringComparison.Ordinal);

        await open.NoOpAsync(Cancelled);
        var disconnected = new TaskCompletionSource();
        open.Disconnected += (_, _) => disconnected.TrySetResult();
        await open.Inbox!.OpenAsync(FolderAccess.ReadOnly, Cancelled);
        using var done = new CancellationTokenSource();
        var idle = open.IdleAsync(done.Token, Cancelled);
        host.Backend.SwitchOff(mailbox, MailProtocol.Imap, "IMAP4 is switched off.");
        await disconnected.Task.WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
        await Assert.ThrowsAnyAsync<Exception>(() => idle);
    }

    [Fact]
    public async Task The_service_credential_opens_a_mailbox_by_its_authorization_identity()
    {
        var mailbox = host.NewMailbox();
        host.Backend.AddServiceCredential("checker", "service secret");
        host.Backend.Deliver(mailbox, "Subject: one\n\nHello\n");
        using var client = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await client.ConnectAsync("localhost", host.Port("imaps"), SecureSocketOptions.SslOnConnect, Cancelled);
        await client.AuthenticateAsync(new SaslMechanismPlain("checker", "service secret") { AuthorizationId = mailbox }, Cancelled);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly, Cancelled);
        Assert.Single(client.Inbox);
    }

    [Fact]
    public async Task The_same_kestrel_serves_http()
    {
        using var http = new HttpClient();
        Assert.Equal("the portal", await http.GetStringAsync(host.HttpAddress, Cancelled));
    }

    private async Task<ImapClient> ImapAsync(string mailbox, string listener, SecureSocketOptions security)
    {
        var client = new ImapClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await client.ConnectAsync("localhost", host.Port(listener), security, Cancelled);
        await client.AuthenticateAsync(mailbox, TestServer.Password, Cancelled);
        return client;
    }

    private async Task<SmtpClient> SmtpAsync(string mailbox, string listener, SecureSocketOptions security)
    {
        var client = new SmtpClient { CheckCertificateRevocation = false, ServerCertificateValidationCallback = Trust };
        await client.ConnectAsync("localhost", host.Port(listener), security, Cancelled);
        await client.AuthenticateAsync(mailbox, TestServer.Password, Cancelled);
        return client;
    }

    private static MimeMessage Message(string subject, string text)
    {
        var message = new MimeMessage { Subject = subject };
        message.From.Add(new MailboxAddress("Ålice", "alice@contoso.example"));
        message.To.Add(new MailboxAddress("Bob", "bob@contoso.example"));
        var body = new BodyBuilder { TextBody = text };
        body.Attachments.Add("notes ñ.txt", "attached"u8.ToArray());
        message.Body = body.ToMessageBody();
        return message;
    }

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));

    private static bool Trust(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.Add(TestCertificates.Authority);
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        ours.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return ours.Build(X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }

    [Theory]
    [InlineData("SCRAM-SHA-256-PLUS")]
    [InlineData("SCRAM-SHA-256")]
    public async Task The_password_is_proved_without_being_sent(string mechanism)
    {
        var mailbox = host.NewMailbox();
        foreach (var (client, listener, security) in new (MailService, string, SecureSocketOptions)[]
        {
            (new ImapClient(), "imaps", SecureSocketOptions.SslOnConnect), (new Pop3Client(), "pop3", SecureSocketOptions.StartTls),
            (new SmtpClient(), "submissions", SecureSocketOptions.SslOnConnect),
        })
        {
            using var _ = client;
            (client.CheckCertificateRevocation, client.ServerCertificateValidationCallback) = (false, Trust);
            await client.ConnectAsync("localhost", host.Port(listener), security, Cancelled);
            var scram = SaslMechanism.Create(mechanism, Encoding.UTF8, new NetworkCredential(mailbox, TestServer.Password))!;
            Assert.Contains(mechanism, client.AuthenticationMechanisms);
            await client.AuthenticateAsync(scram, Cancelled);
            Assert.True(client.IsAuthenticated);
            Assert.Equal(mechanism.EndsWith("PLUS", StringComparison.Ordinal), scram.NegotiatedChannelBinding);
        }
    }

    [Fact]
    public async Task A_client_that_was_told_of_no_binding_where_there_is_one_is_refused()
    {
        var scram = new ScramClient(host.NewMailbox(), TestServer.Password) { Gs2 = "y,," };
        using var socket = new TcpClient("localhost", host.Port("pop3s"));
        await using var tls = new SslStream(socket.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        using var reader = new StreamReader(tls);
        await reader.ReadLineAsync(Cancelled);

        await tls.WriteAsync(Encoding.ASCII.GetBytes($"AUTH SCRAM-SHA-256 {scram.First}\r\n"), Cancelled);

        Assert.StartsWith("-ERR", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);
    }
}
