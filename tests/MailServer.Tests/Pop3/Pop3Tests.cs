using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Pop3;

/// <summary>What a POP3 client may do, as conversations.</summary>
public sealed class Pop3Tests
{
    private const string SignIn = """
        S: +OK mail.contoso.example POP3 ready
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS correct horse
        S: +OK 2 messages

        """;

    private static void TwoMessages(TestServer server)
    {
        server.Backend.Deliver(TestServer.Alice, "Subject: one\n\nHello\n.dotted\n");
        server.Backend.Deliver(TestServer.Alice, "Subject: two\n\nline 1\nline 2\nline 3");
    }

    private static Task PlayAsync(string text) => Transcript.PlayAsync(MailProtocol.Pop3, SignIn + text, TwoMessages);

    [Fact]
    public Task A_client_lists_reads_and_deletes() => PlayAsync("""
        C: STAT
        S: +OK 2 70
        C: LIST
        S: +OK 2 messages
        S: 1 32
        S: 2 38
        S: .
        C: LIST 2
        S: +OK 2 38
        C: UIDL
        S: +OK 2 messages
        S: 1 0000000100000001
        S: 2 0000000100000002
        S: .
        C: RETR 1
        S: +OK 32 octets
        S: Subject: one
        S:
        S: Hello
        S: ..dotted
        S: .
        C: DELE 1
        S: +OK Message 1 marked
        C: RETR 1
        S: -ERR No such message
        C: STAT
        S: +OK 1 38
        C: UIDL 2
        S: +OK 2 0000000100000002
        C: RSET
        S: +OK 2 messages
        C: NOOP
        S: +OK OK
        C: QUIT
        S: +OK Goodbye
        """);

    [Fact]
    public Task A_message_without_a_last_line_end_gets_one() => PlayAsync("""
        C: RETR 2
        S: +OK 38 octets
        S: Subject: two
        S:
        S: line 1
        S: line 2
        S: line 3
        S: .
        C: QUIT
        S: +OK Goodbye
        """);

    [Fact]
    public Task Top_shows_the_header_and_some_lines() => PlayAsync("""
        C: TOP 2 0
        S: +OK Top of message follows
        S: Subject: two
        S:
        S: .
        C: TOP 2 2
        S: +OK Top of message follows
        S: Subject: two
        S:
        S: line 1
        S: line 2
        S: .
        C: TOP 2 99
        S: +OK Top of message follows
        S: Subject: two
        S:
        S: line 1
        S: line 2
        S: line 3
        S: .
        C: TOP 2
        S: -ERR TOP number lines
        C: QUIT
        S: +OK Goodbye
        """);

    [Fact]
    public Task Capabilities_name_the_ways_in_only_inside_tls() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: CAPA
        S: +OK Capabilities follow
        S: USER
        S: SASL SCRAM-SHA-256 PLAIN LOGIN
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: UTF8 USER
        S: LANG
        S: EXPIRE 0 USER
        S: IMPLEMENTATION AdminPortal
        S: .
        C: QUIT
        S: +OK Goodbye
        """);

    [Fact]
    public Task Nothing_signs_in_without_tls() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: CAPA
        S: +OK Capabilities follow
        S: STLS
        S: TOP
        S: UIDL
        S: RESP-CODES
        S: AUTH-RESP-CODE
        S: PIPELINING
        S: UTF8 USER
        S: LANG
        S: EXPIRE 0 USER
        S: IMPLEMENTATION AdminPortal
        S: .
        C: USER alice@contoso.example
        S: -ERR [AUTH] Encryption first: STLS
        C: PASS correct horse
        S: -ERR [AUTH] Encryption first: STLS
        C: AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: -ERR [AUTH] Encryption first: STLS
        C: STAT
        S: -ERR Sign in first
        C: QUIT
        S: +OK Goodbye
        """, secure: false);

    [Fact]
    public Task Sasl_signs_in_with_and_without_an_initial_response() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: AUTH CRAM-MD5
        S: -ERR [AUTH] Unknown mechanism
        C: AUTH PLAIN
        S: +…
        C: *
        S: -ERR Cancelled
        C: AUTH LOGIN
        S: + VXNlcm5hbWU6
        C: YWxpY2VAY29udG9zby5leGFtcGxl
        S: + UGFzc3dvcmQ6
        C: Y29ycmVjdCBob3JzZQ==
        S: +OK 2 messages
        C: AUTH PLAIN
        S: -ERR Already signed in
        C: QUIT
        S: +OK Goodbye
        """, TwoMessages);

    [Fact]
    public async Task Plain_with_initial_response_may_act_for_a_mailbox_with_the_service_credential()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();

        Assert.Equal("+OK 2 messages", await client.AskAsync("AUTH PLAIN " + Encode("alice@contoso.example\0checker\0service secret")));
    }

    [Theory]
    [InlineData("alice@contoso.example\0bob@contoso.example\0correct horse")]
    [InlineData("\0nobody@contoso.example\0correct horse")]
    [InlineData("\0alice@contoso.example\0wrong")]
    public async Task A_wrong_password_an_unknown_name_and_a_foreign_mailbox_get_the_same_answer(string response)
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();

        Assert.Equal("-ERR [AUTH] Wrong user name or password", await client.AskAsync("AUTH PLAIN " + Encode(response)));
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("\0alice\0pass\0more")]
    [InlineData("\0\0pass")]
    [InlineData("\0alice\0")]
    public async Task A_malformed_plain_response_is_no_attempt(string response)
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();

        Assert.Equal("-ERR Malformed response", await client.AskAsync("AUTH PLAIN " + Encode(response)));
    }

    [Fact]
    public Task Failed_logins_end_the_connection() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS a
        S: -ERR [AUTH] Wrong user name or password
        C: PASS b
        S: -ERR USER first
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS c
        S: -ERR [AUTH] Wrong user name or password
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS d
        S: -ERR [AUTH] Wrong user name or password
        """, configure: options => options.Limits.SignInAttempts = 3);

    [Fact]
    public Task A_switched_off_protocol_gives_its_reason_after_the_right_password_only() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS wrong
        S: -ERR [AUTH] Wrong user name or password
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS correct horse
        S: -ERR [AUTH] POP3 is switched off. …
        C: QUIT
        S: +OK Goodbye
        """, server => server.Backend.SwitchOff(
            TestServer.Alice, MailProtocol.Pop3, "POP3 is switched off. Désactivé par l’administrateur. https://help.example/"));

    [Fact]
    public async Task Switching_off_ends_the_open_session_and_deletes_nothing()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var client = await SignedInAsync(server);
        Assert.Equal("+OK Message 1 marked", await client.AskAsync("DELE 1"));

        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Pop3, "POP3 is switched off.\r\n+OK nonsense");

        Assert.StartsWith("-ERR POP3 is switched off. ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Null(await client.ReadLineAsync());
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);
    }

    [Fact]
    public async Task Hanging_up_without_quit_deletes_nothing_and_quit_deletes()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var client = await SignedInAsync(server);
        await client.AskAsync("DELE 1");
        await client.HangUpAsync();
        await client.Closed;
        Assert.Equal(2, server.Backend.Messages(TestServer.Alice).Count);

        client = await SignedInAsync(server);
        await client.AskAsync("DELE 1");
        Assert.Equal("+OK Goodbye", await client.AskAsync("QUIT"));
        Assert.Contains("Subject: two", Assert.Single(server.Backend.Messages(TestServer.Alice)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_session_is_told_that_the_mailbox_is_in_use()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var first = await SignedInAsync(server);
        var second = server.Connect(MailProtocol.Pop3);
        await second.ReadLineAsync();
        await second.AskAsync("USER alice@contoso.example");
        Assert.Equal("-ERR [IN-USE] The mailbox is open in another POP3 session", await second.AskAsync("PASS correct horse"));
        Assert.Null(await second.ReadLineAsync());

        await first.AskAsync("QUIT");
        await SignedInAsync(server);
    }

    [Fact]
    public async Task A_store_that_is_away_is_a_temporary_error_and_comes_back()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var client = await SignedInAsync(server);
        server.Backend.IsDown = true;
        Assert.Equal("-ERR [SYS/TEMP] The mailbox is not available now", await client.AskAsync("RETR 1"));
        var late = server.Connect(MailProtocol.Pop3);
        await late.ReadLineAsync();
        await late.AskAsync("USER alice@contoso.example");
        Assert.Equal("-ERR [SYS/TEMP] Sign-in is not available now, try again later", await late.AskAsync("PASS correct horse"));

        server.Backend.IsDown = false;
        Assert.Equal("+OK 32 octets", await client.AskAsync("RETR 1"));
    }

    [Fact]
    public async Task Before_login_the_deadline_is_absolute_however_busy_the_client_is()
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        for (var second = 0; second < 6; second++)
        {
            Assert.Equal("+OK Capabilities follow", await client.AskAsync("CAPA"));
            await client.ReadUntilAsync(line => line == ".");
            server.Clock.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal("-ERR Too slow, goodbye", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task After_login_ten_idle_minutes_end_the_session()
    {
        await using var server = new TestServer();
        TwoMessages(server);
        var client = await SignedInAsync(server);
        server.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("+OK OK", await client.AskAsync("NOOP"));
        server.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal("+OK OK", await client.AskAsync("NOOP"));
        server.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("-ERR Too slow, goodbye", await client.ReadLineAsync());
    }

    [Fact]
    public async Task An_endless_line_ends_the_connection()
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.SendAsync(new string('x', 600));

        Assert.Equal("-ERR Line too long", await client.ReadLineAsync());
        await client.HangUpAsync();
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public Task A_web_browser_is_not_answered() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: POST / HTTP/1.1
        C: USER alice@contoso.example
        """);

    [Fact]
    public async Task Commands_behind_stls_are_refused_before_any_ok()
    {
        await using var server = new TestServer();
        var client = server.Connect(MailProtocol.Pop3, secure: false);
        await client.ReadLineAsync();
        await client.SendAsync("STLS\r\nUSER alice@contoso.example\r\n");

        Assert.Equal("-ERR Nothing may follow STLS before the handshake", await client.ReadLineAsync());
        Assert.Null(await client.ReadLineAsync());
    }

    [Fact]
    public async Task The_log_has_neither_passwords_nor_a_strangers_line_breaks()
    {
        await using var server = new TestServer();
        var client = await SignedInAsync(server);
        await client.AskAsync("QUIT");
        var liar = server.Connect(MailProtocol.Pop3);
        await liar.ReadLineAsync();
        await liar.AskAsync("USER eve\u202e@x");
        await liar.AskAsync("PASS secret of eve");

        Assert.Contains(server.Log.Lines, line => line.Contains("Succeeded", StringComparison.Ordinal));
        Assert.Contains(server.Log.Lines, line => line.Contains(@"eve\u{202e}@x", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains("secret of eve", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(TestServer.Password, StringComparison.Ordinal));
    }

    private static async Task<TestClient> SignedInAsync(TestServer server)
    {
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");
        Assert.StartsWith("+OK", await client.AskAsync("PASS correct horse"), StringComparison.Ordinal);
        return client;
    }

    private static string Encode(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
