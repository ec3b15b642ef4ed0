using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Imap;

/// <summary>How a client gets in, and what is refused before it is.</summary>
public sealed class SignInTests : ImapStories
{
    [Fact]
    public Task Before_tls_nothing_signs_in_whatever_the_command() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK [CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL- SASL-IR ID ENABLE STARTTLS LOGINDISABLED] mail.contoso.example IMAP4 ready
        C: 1 LOGIN alice@contoso.example "correct horse"
        S: 1 NO [PRIVACYREQUIRED] Encryption first: STARTTLS
        C: 2 AUTHENTICATE PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 2 NO [PRIVACYREQUIRED] Encryption first: STARTTLS
        C: 3 SELECT INBOX
        S: 3 BAD Sign in first
        C: 4 LOGOUT
        S: * BYE Goodbye
        S: 4 OK Signed off
        """, secure: false);

    [Fact]
    public Task Sasl_signs_in_with_and_without_an_initial_response() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 AUTHENTICATE PLAIN
        S: +…
        C: *
        S: 1 BAD Cancelled
        C: 2 AUTHENTICATE CRAM-MD5
        S: 2 NO [CANNOT] Unknown mechanism
        C: 3 AUTHENTICATE LOGIN
        S: + VXNlcm5hbWU6
        C: YWxpY2VAY29udG9zby5leGFtcGxl
        S: + UGFzc3dvcmQ6
        C: d3Jvbmc=
        S: 3 NO [AUTHENTICATIONFAILED] Wrong user name or password
        C: 4 AUTHENTICATE PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl
        S: 4 OK [CAPABILITY IMAP4rev1 …] Signed in
        C: 5 LOGOUT
        S: * BYE Goodbye
        S: 5 OK Signed off
        """);

    [Fact]
    public Task A_login_may_come_as_literals_both_kinds() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 LOGIN {21}
        S: + Go on
        C: alice@contoso.example {13+}
        C: correct horse
        S: 1 OK [CAPABILITY …] Signed in
        C: 2 LOGOUT
        S: * BYE Goodbye
        S: 2 OK Signed off
        """);

    [Fact]
    public Task A_switched_off_protocol_gives_its_reason_after_the_right_password_only() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 LOGIN alice@contoso.example wrong
        S: 1 NO [AUTHENTICATIONFAILED] Wrong user name or password
        C: 2 LOGIN alice@contoso.example "correct horse"
        S: 2 NO [CONTACTADMIN] IMAP4 is switched off. …
        C: 3 LOGIN alice@contoso.example "correct horse"
        S: 3 NO [CONTACTADMIN] IMAP4 is switched off. …
        C: 4 LOGIN alice@contoso.example wrong
        S: 4 NO [AUTHENTICATIONFAILED] Wrong user name or password
        S: * BYE Too many failed sign-ins
        """, server => server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Imap, "IMAP4 is switched off. Désactivé."), options => options.Limits.SignInAttempts = 2);

    [Fact]
    public Task A_web_browser_is_not_answered() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: POST /login HTTP/1.1
        C: a LOGIN alice@contoso.example "correct horse"
        """);

    [Fact]
    public Task Literals_that_do_not_fit_are_refused_before_they_flow() => Transcript.PlayAsync(MailProtocol.Imap, """
        S: * OK …
        C: 1 LOGIN {4097}
        S: 1 BAD [TOOBIG] The literal is too long
        C: 2 LOGIN {99999999999999999999999}
        S: 2 BAD [TOOBIG] The literal is too long
        C: 3 LOGIN {5000+}
        S: * BYE [TOOBIG] The literal is too long
        """);

    [Fact]
    public async Task The_mailbox_has_a_limit_of_connections()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsPerMailbox = 2);
        await SignedInAsync(server);
        var second = await SignedInAsync(server);
        var third = server.Connect(MailProtocol.Imap);
        await third.ReadLineAsync();
        Assert.Equal(
            ["1 NO [LIMIT] Too many attempts or connections, try again later"],
            await third.ImapAsync("1 LOGIN alice@contoso.example \"correct horse\""));

        await second.LineAsync("9 LOGOUT");
        await second.Closed;
        Assert.StartsWith("2 OK", (await third.ImapAsync("2 LOGIN alice@contoso.example \"correct horse\""))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_has_a_limit_of_connections_and_other_addresses_go_on()
    {
        await using var server = new TestServer(options => options.Limits.ConnectionsPerAddress = 2);
        var clients = new[] { server.Connect(MailProtocol.Imap, secure: false), server.Connect(MailProtocol.Pop3, secure: false) };
        Assert.StartsWith("* OK", await clients[0].ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("* BYE [LIMIT] Too many connections", await server.Connect(MailProtocol.Imap, secure: false).ReadLineAsync());
        Assert.StartsWith("* OK", await server.Connect(MailProtocol.Imap, secure: false, from: "192.0.2.2").ReadLineAsync(), StringComparison.Ordinal);

        await clients[1].HangUpAsync();
        await clients[1].Closed;
        Assert.StartsWith("* OK", await server.Connect(MailProtocol.Imap, secure: false).ReadLineAsync(), StringComparison.Ordinal);
    }
}
