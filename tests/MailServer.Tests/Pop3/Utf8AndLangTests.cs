using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Pop3;

/// <summary>RFC 6856: UTF-8 in headers for who asks for it, ASCII for who does not; replies in the reader's language.</summary>
public sealed class Utf8AndLangTests
{
    private const string SignIn = """
        C: USER alice@contoso.example
        S: +OK Password, please
        C: PASS correct horse
        S: +OK 1 messages

        """;

    private static void OneMessage(TestServer server) => server.Backend.Deliver(
        TestServer.Alice, "From: Élise <elise@contoso.example>, \"jøran\" <jøran@contoso.example>\nSubject: grüße\nX-Plain: stays\n as it is\n\n.corps é\n");

    [Fact]
    public Task Who_says_UTF8_reads_the_message_as_it_is() => Transcript.PlayAsync(MailProtocol.Pop3, $"""
        S: +OK mail.contoso.example POP3 ready
        C: UTF8 please
        S: -ERR UTF8 has no arguments
        C: UTF8
        S: +OK UTF-8 it is
        {SignIn}
        C: RETR 1
        S: +OK 131 octets
        S: From: Élise <elise@contoso.example>, "jøran" <jøran@contoso.example>
        S: Subject: grüße
        S: X-Plain: stays
        S:  as it is
        S:
        S: ..corps é
        S: .
        C: UTF8
        S: -ERR Already signed in
        C: QUIT
        S: +OK Goodbye
        """, OneMessage);

    [Fact]
    public Task Who_does_not_reads_headers_in_ASCII_and_the_body_as_it_is() => Transcript.PlayAsync(MailProtocol.Pop3, $"""
        S: +OK mail.contoso.example POP3 ready
        {SignIn}
        C: RETR 1
        S: +OK … octets
        S: From: =?utf-8?…?= <elise@contoso.example>,
        S:  =?utf-8?…?=:;
        S: Subject: =?utf-8?…?=
        S: X-Plain: stays
        S:  as it is
        S:
        S: ..corps é
        S: .
        C: TOP 1 0
        S: +OK Top of message follows
        S: From: =?utf-8?…?= <elise@contoso.example>,
        S:  =?utf-8?…?=:;
        S: Subject: =?utf-8?…?=
        S: X-Plain: stays
        S:  as it is
        S:
        S: .
        C: QUIT
        S: +OK Goodbye
        """, OneMessage);

    [Fact]
    public async Task The_size_that_RETR_tells_is_what_it_sends()
    {
        await using var server = new TestServer();
        OneMessage(server);
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");
        await client.AskAsync("PASS correct horse");
        var told = (await client.AskAsync("RETR 1"))!.Split(' ')[1];
        var lines = await client.ReadUntilAsync(line => line == ".");
        Assert.Equal(told, $"{lines.TakeWhile(line => line != ".").Sum(line => System.Text.Encoding.UTF8.GetByteCount(line) + 2) - 1}");
    }

    [Theory]
    [InlineData("From: =?utf-8?q?a=0D=0AX-Injected:_yes?= <a@contoso.example>, é@contoso.example")]
    [InlineData("From: \"a\\\r\n X-Injected: yes\" <a@contoso.example>, é <b@contoso.example>")]
    [InlineData("Subject: é =?utf-8?b?DQpYLUluamVjdGVkOiB5ZXM=?=")]
    [InlineData("é: no field at all")]
    [InlineData("To: é((((((((((((((((((((((((((((((((<<<<<<@@@@@@::::;;;;,,,,")]
    public async Task A_header_made_ASCII_begins_no_field_of_its_own(string field)
    {
        await using var server = new TestServer();
        server.Backend.Deliver(TestServer.Alice, $"{field}\nSubject: next\n\nbody\n");
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        await client.AskAsync("USER alice@contoso.example");
        await client.AskAsync("PASS correct horse");
        Assert.StartsWith("+OK", await client.AskAsync("RETR 1"), StringComparison.Ordinal);
        var lines = await client.ReadUntilAsync(line => line == ".");
        Assert.DoesNotContain(lines, line => line.StartsWith("X-Injected", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(["Subject: next", "", "body", "."], lines.TakeLast(4));
        Assert.All(lines, line => Assert.True(line.All(char.IsAscii), line));
    }

    [Fact]
    public Task LANG_lists_chooses_and_falls_back() => Transcript.PlayAsync(MailProtocol.Pop3, """
        S: +OK mail.contoso.example POP3 ready
        C: LANG
        S: +OK Languages follow
        S: en English
        S: fr Français
        S: .
        C: LANG tlh
        S: -ERR There is no such language here
        C: LANG fr-CA
        S: +OK fr Cette langue désormais
        C: USER alice@contoso.example
        S: +OK Le mot de passe, s’il vous plaît
        C: PASS wrong
        S: -ERR [AUTH] Nom d’utilisateur ou mot de passe incorrect
        C: USER alice@contoso.example
        S: +OK Le mot de passe, s’il vous plaît
        C: PASS correct horse
        S: +OK 0 messages
        C: RETR 1
        S: -ERR Ce message n’existe pas
        C: LANG *
        S: +OK en This language from now on
        C: LANG fr
        S: +OK fr Cette langue désormais
        C: LANG fr en
        S: -ERR LANG, or LANG and a language
        C: QUIT
        S: +OK Au revoir
        """);
}
