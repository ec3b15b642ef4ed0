using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Sasl;

/// <summary>The table of refusals: each answer of the backend, in each protocol's words.</summary>
public sealed class RefusalTests
{
    private const string Reason = "is switched off. Demandez à votre administrateur.";

    [Theory]
    [InlineData(MailProtocol.Imap, "wrong", "x NO [AUTHENTICATIONFAILED] Wrong user name or password")]
    [InlineData(MailProtocol.Pop3, "wrong", "-ERR [AUTH] Wrong user name or password")]
    [InlineData(MailProtocol.Smtp, "wrong", "535 5.7.8 Wrong user name or password")]
    [InlineData(MailProtocol.Imap, "off", "x NO [CONTACTADMIN] IMAP4 " + Reason)]
    [InlineData(MailProtocol.Pop3, "off", "-ERR [AUTH] POP3 " + Reason)]
    [InlineData(MailProtocol.Smtp, "off", "525 5.7.13 SMTP " + Reason)]
    [InlineData(MailProtocol.Imap, "clear", "x NO [PRIVACYREQUIRED] Encryption first: STARTTLS")]
    [InlineData(MailProtocol.Pop3, "clear", "-ERR [AUTH] Encryption first: STLS")]
    [InlineData(MailProtocol.Smtp, "clear", "523 5.7.10 Encryption first: STARTTLS")]
    [InlineData(MailProtocol.Imap, "throttled", "x NO [LIMIT] Too many attempts or connections, try again later")]
    [InlineData(MailProtocol.Pop3, "throttled", "-ERR [SYS/TEMP] Too many attempts or connections, try again later")]
    [InlineData(MailProtocol.Smtp, "throttled", "454 4.7.0 Too many attempts or connections, try again later")]
    [InlineData(MailProtocol.Imap, "down", "x NO [UNAVAILABLE] Sign-in is not available now, try again later")]
    [InlineData(MailProtocol.Pop3, "down", "-ERR [SYS/TEMP] Sign-in is not available now, try again later")]
    [InlineData(MailProtocol.Smtp, "down", "454 4.7.0 Sign-in is not available now, try again later")]
    public async Task A_refused_login_is_answered_in_the_protocols_words(MailProtocol protocol, string why, string expected)
    {
        await using var server = new TestServer();
        server.Backend.IsDown = why == "down";
        server.Backend.IsThrottling = why == "throttled";
        if (why == "off")
            server.Backend.SwitchOff(TestServer.Alice, protocol, $"{Name(protocol)} {Reason}");
        var client = server.Connect(protocol, secure: why != "clear");
        await client.ReadLineAsync();
        if (protocol == MailProtocol.Smtp)
            await client.AskAsync("HELO client.example");

        var password = why == "wrong" ? "x" : TestServer.Password;
        var response = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{TestServer.Alice}\0{password}"));
        var command = protocol == MailProtocol.Imap ? "x AUTHENTICATE" : "AUTH";
        Assert.Equal(expected, await client.AskAsync($"{command} PLAIN {response}"));
    }

    private static string Name(MailProtocol protocol) => protocol switch
    {
        MailProtocol.Pop3 => "POP3",
        MailProtocol.Imap => "IMAP4",
        _ => "SMTP",
    };

    [Fact]
    public async Task A_reason_longer_than_a_line_is_cut_at_a_character()
    {
        await using var server = new TestServer();
        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Pop3, "POP3 is switched off. " + new string('é', 600));
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");

        var answer = await client.AskAsync("PASS correct horse");
        Assert.StartsWith("-ERR [AUTH] POP3 is switched off. éé", answer, StringComparison.Ordinal);
        Assert.EndsWith("é", answer, StringComparison.Ordinal);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(answer!), 400, 510);
    }
}
