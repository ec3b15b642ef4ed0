using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Submission;

/// <summary>What a sending client may do, as conversations.</summary>
public sealed class SubmissionTests
{
    private const string SignIn = """
        S: 220 mail.contoso.example ESMTP ready
        C: EHLO client.example
        S: 250-mail.contoso.example
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250-BINARYMIME
        S: 250-SMTPUTF8
        S: 250-DSN
        S: 250 AUTH SCRAM-SHA-256 PLAIN LOGIN
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 235 2.7.0 Signed in

        """;

    private static Task PlayAsync(string text) => Transcript.PlayAsync(MailProtocol.Smtp, SignIn + text);

    [Fact]
    public async Task A_message_is_delivered_with_a_trace_line_and_without_the_stuffed_dots()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        Assert.Equal("250 2.1.0 Sender accepted", await client.AskAsync("MAIL FROM:<alice@contoso.example> SIZE=100 BODY=8BITMIME"));
        Assert.Equal("250 2.1.5 Recipient accepted", await client.AskAsync("RCPT TO:<bob@contoso.example>"));
        Assert.Equal("354 End with CR LF . CR LF", await client.AskAsync("DATA"));
        await client.SendAsync("Subject: é\r\n\r\n..\r\n..dotted\r\n.");
        Assert.StartsWith("250 2.0.0 Accepted as ", await client.AskAsync(""), StringComparison.Ordinal);

        var lines = Assert.Single(server.Backend.Messages(TestServer.Bob)).Split("\r\n");
        Assert.Equal("Return-Path: <alice@contoso.example>", lines[0]);
        Assert.Equal("Received: from client.example ([192.0.2.1])", lines[1]);
        Assert.StartsWith("\tby mail.contoso.example with ESMTPSA id ", lines[2], StringComparison.Ordinal);
        Assert.Equal("\tSun, 01 Mar 2026 12:00:00 +0000", lines[3]);
        Assert.Equal(["Subject: é", "", ".", ".dotted", ""], lines[4..]);
    }

    [Fact]
    public Task A_pipelined_transaction_is_answered_in_order() => PlayAsync("""
        C: MAIL FROM:<alice@contoso.example>
        S: 250 2.1.0 Sender accepted
        C: RCPT TO:<bob@contoso.example>
        S: 250 2.1.5 Recipient accepted
        C: RCPT TO:<nobody@contoso.example>
        S: 550 5.1.1 There is no such mailbox
        C: RCPT TO:<someone@elsewhere.example>
        S: 550 5.7.1 This server sends to its own mailboxes only: it has no smarthost for that domain
        C: RSET
        S: 250 2.0.0 Forgotten
        C: MAIL FROM:<>
        S: 250 2.1.0 Sender accepted
        C: DATA
        S: 554 5.5.1 No recipient was accepted
        C: RCPT TO:<@relay.example,@other.example:bob@contoso.example>
        S: 250 2.1.5 Recipient accepted
        C: DATA
        S: 354 End with CR LF . CR LF
        C: Subject: x
        C:
        C: .
        S: 250 2.0.0 Accepted as …
        C: NOOP
        S: 250 2.0.0 Done
        C: VRFY bob
        S: 252 2.1.5 Send to it and see
        C: QUIT
        S: 221 2.0.0 Goodbye
        """);

    [Fact]
    public Task Before_tls_nothing_signs_in_and_nothing_is_carried() => Transcript.PlayAsync(MailProtocol.Smtp, """
        S: 220 mail.contoso.example ESMTP ready
        C: EHLO client.example
        S: 250-mail.contoso.example
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-ENHANCEDSTATUSCODES
        S: 250-CHUNKING
        S: 250-BINARYMIME
        S: 250-SMTPUTF8
        S: 250-DSN
        S: 250 STARTTLS
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 523 5.7.10 Encryption first: STARTTLS
        C: MAIL FROM:<alice@contoso.example>
        S: 530 5.7.0 Encryption first: STARTTLS
        C: QUIT
        S: 221 2.0.0 Goodbye
        """, secure: false);

    [Fact]
    public Task Sasl_needs_a_greeting_and_happens_once() => Transcript.PlayAsync(MailProtocol.Smtp, """
        S: 220 mail.contoso.example ESMTP ready
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 503 5.5.1 Not in this order
        C: HELO [127.0.0.1]
        S: 250 mail.contoso.example
        C: MAIL FROM:<alice@contoso.example>
        S: 530 5.7.0 Sign in first
        C: AUTH LOGIN YWxpY2VAY29udG9zby5leGFtcGxl
        S: 334 UGFzc3dvcmQ6
        C: *
        S: 501 5.7.0 Cancelled
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: YWxpY2VAY29udG9zby5leGFtcGxl
        S: 334 UGFzc3dvcmQ6
        C: d3Jvbmc=
        S: 535 5.7.8 Wrong user name or password
        C: AUTH PLAIN
        S: 334…
        C: AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 235 2.7.0 Signed in
        C: AUTH PLAIN =
        S: 503 5.5.1 Not in this order
        C: QUIT
        S: 221 2.0.0 Goodbye
        """);

    [Fact]
    public Task A_switched_off_protocol_gives_its_reason_after_the_right_password_only() => Transcript.PlayAsync(MailProtocol.Smtp, """
        S: 220 mail.contoso.example ESMTP ready
        C: HELO client.example
        S: 250 mail.contoso.example
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQB3cm9uZw==
        S: 535 5.7.8 Wrong user name or password
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 525 5.7.13 SMTP is switched off. …
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 525 5.7.13 SMTP is switched off. …
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQB3cm9uZw==
        S: 535 5.7.8 Wrong user name or password
        S: 421 4.7.0 Too many failed sign-ins
        """, server => server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Smtp, "SMTP is switched off. Désactivé."), options => options.Limits.SignInAttempts = 2);

    [Fact]
    public Task The_sender_must_be_one_of_the_mailboxs_addresses() => PlayAsync("""
        C: MAIL FROM:<bob@contoso.example>
        S: 553 5.7.1 That is not an address of the signed-in mailbox
        C: MAIL FROM:<A.Lice@Contoso.Example>
        S: 250 2.1.0 Sender accepted
        C: MAIL FROM:<alice@contoso.example>
        S: 503 5.5.1 Not in this order
        C: QUIT
        S: 221 2.0.0 Goodbye
        """);

    [Fact]
    public Task Paths_and_parameters_follow_the_grammar() => PlayAsync("""
        C: MAIL FROM:alice@contoso.example
        S: 501 5.5.4 MAIL FROM:<address>
        C: MAIL FROM:<alice@contoso.example
        S: 501 5.5.4 MAIL FROM:<address>
        C: MAIL FROM:<alice..b@contoso.example>
        S: 501 5.5.4 MAIL FROM:<address>
        C: MAIL FROM:<é@contoso.example>
        S: 501 5.5.4 MAIL FROM:<address>
        C: MAIL FROM:<alice@contoso.example> SIZE=52428801
        S: 552 5.3.4 A message may have 52428800 octets
        C: MAIL FROM:<alice@contoso.example> SIZE=x
        S: 501 5.5.4 SIZE=number
        C: MAIL FROM:<alice@contoso.example> BODY=BINARY
        S: 501 5.5.4 BODY=7BIT, 8BITMIME or BINARYMIME
        C: MAIL FROM:<alice@contoso.example> SIZE=1 SIZE=2
        S: 501 5.5.4 SIZE twice
        C: MAIL FROM:<alice@contoso.example> HOLDFOR=60
        S: 555 5.5.4 Unknown parameter
        C: mail from: <alice@contoso.example> AUTH=<>
        S: 250 2.1.0 Sender accepted
        C: RCPT TO:<>
        S: 501 5.5.4 RCPT TO:<address>
        C: RCPT TO:<"bob@contoso.example>"@contoso.example>
        S: 550 5.1.1 There is no such mailbox
        C: RCPT TO:<bob@contoso.example> PRIORITY=1
        S: 555 5.5.4 Unknown parameter
        C: QUIT
        S: 221 2.0.0 Goodbye
        """);

    [Fact]
    public Task A_web_browser_is_not_answered() => Transcript.PlayAsync(MailProtocol.Smtp, """
        S: 220 mail.contoso.example ESMTP ready
        C: GET / HTTP/1.1
        C: EHLO client.example
        """);

    /// <summary>SMTP smuggling: whatever looks like an end to somebody else must not be one here, and must not be passed on.</summary>
    [Theory]
    [InlineData("\n.\n")]
    [InlineData("\n.\r\n")]
    [InlineData("\r\n.\n")]
    [InlineData("\r.\r")]
    [InlineData("\r.\r\n")]
    [InlineData("\r\n.\r")]
    [InlineData("\r\n.\rX\r\n")]
    [InlineData("\r\r\n.\r\n")]
    [InlineData("\n\n.\r\n")]
    [InlineData("\r\n\n.\r\n")]
    [InlineData("\r\n.\r\r\n")]
    [InlineData("\r\n.\r\0\n")]
    [InlineData("\n.\r")]
    [InlineData("\r.\n")]
    [InlineData("\n\r.\r\n")]
    [InlineData("\r\n\r.\r\n")]
    [InlineData("\r\n.\n\r\n")]
    [InlineData("\r\n.\n.\r\n")]
    [InlineData("\0\n.\r\n")]
    [InlineData("\r\n..\n.\r\n")]
    public async Task Only_the_true_end_ends_a_message_and_lone_line_ends_end_the_connection(string trick)
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        const string Smuggled = "MAIL FROM:<alice@contoso.example>\r\nRCPT TO:<bob@contoso.example>\r\nDATA\r\nsmuggled\r\n.\r\n";
        await client.SendAsync($"Subject: x\r\n\r\ntext{trick}{Smuggled}");
        await client.HangUpAsync();

        Assert.Equal(["521 5.5.2 A lone CR or LF in the message"], await client.ReadToEndAsync());
        Assert.Empty(server.Backend.Messages(TestServer.Bob));
    }

    [Fact]
    public async Task Too_large_a_message_is_refused_after_its_end_and_the_session_goes_on()
    {
        await using var server = new TestServer(options => options.Limits.MessageSize = 65_536);
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        for (var line = 0; line < 1_000; line++)
            await client.LineAsync(new string('x', 100));

        Assert.Equal("552 5.3.4 A message may have 65536 octets", await client.AskAsync("."));
        Assert.Equal("250 2.1.0 Sender accepted", await client.AskAsync("MAIL FROM:<alice@contoso.example>"));
        Assert.Empty(server.Backend.Messages(TestServer.Bob));
    }

    [Fact]
    public async Task A_large_message_goes_through_a_file_unchanged()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        var text = string.Concat(Enumerable.Range(0, 30_000).Select(number => $"line {number} of a long message\r\n"));
        await client.SendAsync("Subject: long\r\n\r\n" + text);

        Assert.StartsWith("250", await client.AskAsync("."), StringComparison.Ordinal);
        Assert.EndsWith(text, Assert.Single(server.Backend.Messages(TestServer.Bob)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_with_a_nul_is_refused()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        Assert.Equal("554 5.6.0 Messages hold no NUL", await client.AskAsync("Subject: x\r\n\r\na\0b\r\n."));
    }

    [Fact]
    public async Task Too_many_recipients_are_refused()
    {
        await using var server = new TestServer(options => options.Limits.RecipientsPerMessage = 100);
        foreach (var number in Enumerable.Range(0, 100))
            server.Backend.AddMailbox($"m{number}@contoso.example", TestServer.Password);
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        foreach (var number in Enumerable.Range(0, 100))
            Assert.StartsWith("250", await client.AskAsync($"RCPT TO:<m{number}@contoso.example>"), StringComparison.Ordinal);
        Assert.Equal("452 4.5.3 Too many recipients for one message", await client.AskAsync("RCPT TO:<bob@contoso.example>"));
    }

    [Fact]
    public async Task Switching_off_ends_the_session_even_between_data_and_its_end()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        await client.LineAsync("Subject: half");

        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Smtp, "SMTP is switched off.");

        Assert.StartsWith("421 4.7.0 SMTP is switched off.", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Empty(server.Backend.Messages(TestServer.Bob));
    }

    [Fact]
    public async Task A_store_that_is_away_is_a_temporary_error()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.AskAsync("MAIL FROM:<alice@contoso.example>");
        await client.AskAsync("RCPT TO:<bob@contoso.example>");
        await client.AskAsync("DATA");
        server.Backend.IsDown = true;
        Assert.Equal("451 4.3.0 The mail store is not available now, try again later", await client.AskAsync("Subject: x\r\n\r\n."));
    }

    [Fact]
    public async Task Commands_behind_starttls_are_refused_before_any_go_ahead()
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Smtp, secure: false);
        await client.ReadLineAsync();
        await client.SendAsync("STARTTLS\r\nMAIL FROM:<alice@contoso.example>\r\n");

        Assert.Equal("503 5.5.1 Nothing may follow STARTTLS before the handshake", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }
}
