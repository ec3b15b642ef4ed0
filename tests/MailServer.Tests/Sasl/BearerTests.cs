using System.Text;
using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Sasl;

/// <summary>OAUTHBEARER (RFC 7628) and XOAUTH2 on the wire, in all three protocols.</summary>
public sealed class BearerTests
{
    private const string Token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==";

    // RFC 7628, 3.2.3: the dummy response to the error.
    private const string Dummy = "AQ==";

    [Theory]
    [InlineData(MailProtocol.Imap, "OAUTHBEARER")]
    [InlineData(MailProtocol.Pop3, "OAUTHBEARER")]
    [InlineData(MailProtocol.Smtp, "OAUTHBEARER")]
    [InlineData(MailProtocol.Imap, "XOAUTH2")]
    [InlineData(MailProtocol.Pop3, "XOAUTH2")]
    [InlineData(MailProtocol.Smtp, "XOAUTH2")]
    public async Task A_token_signs_in_with_the_command_or_after_it(MailProtocol protocol, string mechanism)
    {
        foreach (var later in new[] { false, true })
        {
            await using var server = Server();
            var client = await ConnectAsync(server, protocol);
            var answer = later
                ? await AfterPromptAsync(client, protocol, mechanism, Message(mechanism, TestServer.Alice, Token))
                : await client.AskAsync($"{Command(protocol)} {mechanism} {Message(mechanism, TestServer.Alice, Token)}");
            Assert.StartsWith(SignedIn(protocol), answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(MailProtocol.Imap, "OAUTHBEARER", """{"status":"invalid_token"}""", "x NO [AUTHENTICATIONFAILED] Wrong user name or password")]
    [InlineData(MailProtocol.Pop3, "OAUTHBEARER", """{"status":"invalid_token"}""", "-ERR [AUTH] Wrong user name or password")]
    [InlineData(MailProtocol.Smtp, "OAUTHBEARER", """{"status":"invalid_token"}""", "535 5.7.8 Wrong user name or password")]
    [InlineData(MailProtocol.Imap, "XOAUTH2", """{"status":"401","schemes":"bearer"}""", "x NO [AUTHENTICATIONFAILED] Wrong user name or password")]
    [InlineData(MailProtocol.Pop3, "XOAUTH2", """{"status":"401","schemes":"bearer"}""", "-ERR [AUTH] Wrong user name or password")]
    [InlineData(MailProtocol.Smtp, "XOAUTH2", """{"status":"401","schemes":"bearer"}""", "535 5.7.8 Wrong user name or password")]
    public async Task A_refused_token_is_told_in_JSON_and_after_the_dummy_response_in_the_protocols_words(
        MailProtocol protocol, string mechanism, string error, string refusal)
    {
        await using var server = Server();
        // A wrong token, a name that is nobody's, somebody else's name, and a client that brings nothing: all hear the same.
        foreach (var (name, token) in new[] { (TestServer.Alice, "d3Jvbmc"), ("nobody@contoso.example", Token), (TestServer.Bob, Token) })
        {
            var client = await ConnectAsync(server, protocol);
            var challenge = await client.AskAsync($"{Command(protocol)} {mechanism} {Message(mechanism, name, token)}");
            Assert.Equal(error, Encoding.UTF8.GetString(Convert.FromBase64String(challenge!.Split(' ')[1])));
            Assert.Equal(refusal, await client.AskAsync(mechanism == "XOAUTH2" ? "" : Dummy));
        }
    }

    [Fact]
    public async Task A_client_may_name_nobody_and_may_ask_what_it_should_have_brought()
    {
        await using var server = Server();
        var client = await ConnectAsync(server, MailProtocol.Imap);
        var challenge = await client.AskAsync($"x AUTHENTICATE OAUTHBEARER {Base64("n,,\u0001auth=\u0001\u0001")}");
        Assert.Equal("""{"status":"invalid_token"}""", Encoding.UTF8.GetString(Convert.FromBase64String(challenge!.Split(' ')[1])));
        Assert.StartsWith("x NO [AUTHENTICATIONFAILED]", await client.AskAsync(Dummy), StringComparison.Ordinal);

        Assert.StartsWith("x OK", await client.AskAsync($"x AUTHENTICATE OAUTHBEARER {Base64($"n,,\u0001auth=Bearer {Token}\u0001\u0001")}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OAUTHBEARER", "p=tls-server-end-point,a=alice@contoso.example,\u0001auth=Bearer x\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,alice@contoso.example,\u0001auth=Bearer x\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice@contoso.example,\u0001auth=Bearer x\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice@contoso.example,\u0001auth=Basic x\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice@contoso.example,\u0001host=x\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice@contoso.example,\u0001auth=Bearer x\u0001auth=Bearer y\u0001\u0001")]
    [InlineData("OAUTHBEARER", "n,a=alice@contoso.example,\u0001auth=Bearer x\0y\u0001\u0001")]
    [InlineData("XOAUTH2", "user=\u0001auth=Bearer x\u0001\u0001")]
    [InlineData("XOAUTH2", "user=alice@contoso.example\u0001auth=Bearer x\u0001")]
    [InlineData("XOAUTH2", "auth=Bearer x\u0001user=alice@contoso.example\u0001\u0001")]
    [InlineData("XOAUTH2", "user=alice@contoso.example\u0001auth=Bearer {x}\u0001\u0001")]
    public async Task What_does_not_follow_the_grammar_is_malformed(string mechanism, string message)
    {
        await using var server = Server();
        Assert.Equal("-ERR Malformed response", await (await ConnectAsync(server, MailProtocol.Pop3)).AskAsync($"AUTH {mechanism} {Base64(message)}"));
    }

    [Theory]
    [InlineData(MailProtocol.Imap, false)]
    [InlineData(MailProtocol.Imap, true)]
    [InlineData(MailProtocol.Pop3, false)]
    [InlineData(MailProtocol.Pop3, true)]
    [InlineData(MailProtocol.Smtp, false)]
    [InlineData(MailProtocol.Smtp, true)]
    public async Task A_token_of_nearly_twelve_thousand_octets_fits_with_the_command_and_after_it(MailProtocol protocol, bool later)
    {
        await using var server = Server();
        var large = new string('t', 9_000);
        server.Backend.AddToken(large, TestServer.Alice);
        var message = Message("XOAUTH2", TestServer.Alice, large);
        Assert.InRange(message.Length, 12_000, 12_288);

        var client = await ConnectAsync(server, protocol);
        var answer = later ? await AfterPromptAsync(client, protocol, "XOAUTH2", message) : await client.AskAsync($"{Command(protocol)} XOAUTH2 {message}");
        Assert.StartsWith(SignedIn(protocol), answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MailProtocol.Imap)]
    [InlineData(MailProtocol.Pop3)]
    [InlineData(MailProtocol.Smtp)]
    public async Task Before_TLS_no_token_is_taken_and_none_is_offered(MailProtocol protocol)
    {
        await using var server = Server();
        var client = server.Connect(protocol, secure: false);
        await client.ReadLineAsync();
        if (protocol == MailProtocol.Smtp) await client.AskAsync("HELO client.example");
        Assert.Contains("Encryption first", await client.AskAsync($"{Command(protocol)} XOAUTH2 {Message("XOAUTH2", TestServer.Alice, Token)}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_offered_where_the_backend_takes_tokens_and_nowhere_else()
    {
        await using var taking = Server();
        await using var other = new TestServer();

        Assert.Contains("AUTH=OAUTHBEARER AUTH=XOAUTH2", await taking.Connect(MailProtocol.Imap).ReadLineAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("OAUTH", await other.Connect(MailProtocol.Imap).ReadLineAsync(), StringComparison.Ordinal);
    }

    private static TestServer Server()
    {
        var server = new TestServer();
        server.Backend.AddToken(Token, TestServer.Alice);
        return server;
    }

    private static async Task<TestClient> ConnectAsync(TestServer server, MailProtocol protocol)
    {
        var client = server.Connect(protocol);
        await client.ReadLineAsync();
        if (protocol == MailProtocol.Smtp) await client.AskAsync("HELO client.example");
        return client;
    }

    private static async Task<string?> AfterPromptAsync(TestClient client, MailProtocol protocol, string mechanism, string message)
    {
        Assert.Equal(protocol == MailProtocol.Smtp ? "334 " : "+ ", await client.AskAsync($"{Command(protocol)} {mechanism}"));
        return await client.AskAsync(message);
    }

    private static string Command(MailProtocol protocol) => protocol == MailProtocol.Imap ? "x AUTHENTICATE" : "AUTH";

    private static string SignedIn(MailProtocol protocol) => protocol switch { MailProtocol.Imap => "x OK", MailProtocol.Pop3 => "+OK", _ => "235 2.7.0" };

    private static string Message(string mechanism, string name, string token) => Base64(mechanism == "XOAUTH2"
        ? $"user={name}\u0001auth=Bearer {token}\u0001\u0001"
        : $"n,a={name},\u0001host=mail.contoso.example\u0001port=993\u0001auth=Bearer {token}\u0001\u0001");

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
