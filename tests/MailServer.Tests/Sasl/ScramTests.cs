using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Sasl;

/// <summary>SCRAM-SHA-256 (RFC 5802, 7677), watched over POP3. The -PLUS form needs real TLS: see the clients' tests.</summary>
public sealed class ScramTests
{
    private const string Refused = "-ERR [AUTH] Wrong user name or password";

    [Fact]
    public async Task Both_sides_prove_that_they_know_the_password_and_nobody_says_it()
    {
        await using var server = new TestServer();
        var (client, scram) = (await ConnectAsync(server), new ScramClient(TestServer.Alice, TestServer.Password));

        var final = await ProveAsync(client, scram);
        Assert.Equal($"+ {scram.ServerFinal}", final);
        Assert.Equal("+OK 0 messages", await client.AskAsync(""));
    }

    [Fact]
    public async Task An_alias_is_a_name_too_and_an_empty_first_answer_is_asked_for()
    {
        await using var server = new TestServer();
        var (client, scram) = (await ConnectAsync(server), new ScramClient("a.lice@contoso.example", TestServer.Password));
        Assert.Equal("+ ", await client.AskAsync("AUTH SCRAM-SHA-256"));
        var challenge = (await client.AskAsync(scram.First))![2..];
        var final = await client.AskAsync(scram.Last(challenge));
        Assert.Equal($"+ {scram.ServerFinal}", final);
        Assert.Equal("+OK 0 messages", await client.AskAsync(""));
    }

    [Theory]
    [InlineData(TestServer.Alice, "wrong")]
    [InlineData(TestServer.Bob, "correct hors")]
    [InlineData("nobody@contoso.example", TestServer.Password)]
    public async Task A_proof_of_another_password_is_refused_like_a_name_that_is_nobodys(string name, string password)
    {
        await using var server = new TestServer();
        Assert.Equal(Refused, await ProveAsync(await ConnectAsync(server), new ScramClient(name, password)));
    }

    [Fact]
    public async Task A_name_that_is_nobodys_is_salted_like_any_other_and_always_alike()
    {
        await using var server = new TestServer();
        var (first, second, other) = (new ScramClient("nobody@contoso.example", "x"), new ScramClient("nobody@contoso.example", "y"), new ScramClient("noone@contoso.example", "x"));
        foreach (var scram in new[] { first, second, other }) await ProveAsync(await ConnectAsync(server), scram);

        Assert.Equal((first.Salt, first.Iterations), (second.Salt, second.Iterations));
        Assert.NotEqual(first.Salt, other.Salt);
        Assert.Equal(24, first.Salt.Length);
    }

    [Fact]
    public async Task Switched_off_is_said_after_the_right_proof_only()
    {
        await using var server = new TestServer();
        server.Backend.SwitchOff(TestServer.Alice, MailProtocol.Pop3, "POP3 is switched off.");
        var client = await ConnectAsync(server);
        Assert.Equal(Refused, await ProveAsync(client, new ScramClient(TestServer.Alice, "wrong")));
        Assert.Equal("-ERR [AUTH] POP3 is switched off.", await ProveAsync(client, new ScramClient(TestServer.Alice, TestServer.Password)));
    }

    [Theory]
    [InlineData("n,a=alice@contoso.example,", true)]
    [InlineData("n,a=bob@contoso.example,", false)]
    public async Task Nobody_acts_for_somebody_else(string gs2, bool succeeds)
    {
        await using var server = new TestServer();
        var answer = await ProveAsync(await ConnectAsync(server), new ScramClient(TestServer.Alice, TestServer.Password) { Gs2 = gs2 });
        Assert.Equal(succeeds, answer != Refused);
    }

    public static TheoryData<string, Func<string, string>> Forgeries => new()
    {
        { "another nonce", message => message.Replace("r=" + ScramClient.Nonce, "r=" + ScramClient.Nonce.ToLowerInvariant(), StringComparison.Ordinal) },
        { "the client's nonce alone", message => $"c=biws,r={ScramClient.Nonce},p={message[(message.LastIndexOf(",p=", StringComparison.Ordinal) + 3)..]}" },
        { "another header", message => message.Replace("c=biws", "c=eSws", StringComparison.Ordinal) },
        { "no binding", message => message[(message.IndexOf(',', StringComparison.Ordinal) + 1)..] },
        { "no proof", message => message[..message.LastIndexOf(",p=", StringComparison.Ordinal)] },
        { "half a proof", message => message[..^20] },
        { "an extension that must be known", message => message.Replace(",p=", ",m=x,p=", StringComparison.Ordinal) },
    };

    [Theory]
    [MemberData(nameof(Forgeries), DisableDiscoveryEnumeration = true)]
    public async Task A_forged_last_message_is_malformed(string what, Func<string, string> forge)
    {
        await using var server = new TestServer();
        var answer = await ProveAsync(await ConnectAsync(server), new ScramClient(TestServer.Alice, TestServer.Password) { Forge = forge });
        Assert.True(answer!.StartsWith("-ERR", StringComparison.Ordinal), what);
    }

    [Fact]
    public async Task An_extension_that_nobody_must_know_is_signed_for_and_so_cannot_be_added_on_the_way()
    {
        await using var server = new TestServer();
        Assert.Equal(Refused, await ProveAsync(
            await ConnectAsync(server),
            new ScramClient(TestServer.Alice, TestServer.Password) { Forge = message => message.Replace(",p=", ",x=y,p=", StringComparison.Ordinal) }));
    }

    [Theory]
    [InlineData("n,,n=alice@contoso.example")]
    [InlineData("n,,r=abc,n=alice@contoso.example")]
    [InlineData("n,,m=x,n=alice@contoso.example,r=abc")]
    [InlineData("n,,n=,r=abc")]
    [InlineData("n,,n=a=b,r=abc")]
    [InlineData("n,,n=alice@contoso.example,r=")]
    [InlineData("n,,n=alice@contoso.example,r=a\u00e9")]
    [InlineData("n,b=bob,n=alice@contoso.example,r=abc")]
    [InlineData("n,a=,n=alice@contoso.example,r=abc")]
    [InlineData("x,,n=alice@contoso.example,r=abc")]
    [InlineData("p=,,n=alice@contoso.example,r=abc")]
    [InlineData("p=tls-unique,,n=alice@contoso.example,r=abc")]
    [InlineData("p=tls-server-end-point,,n=alice@contoso.example,r=abc")]
    [InlineData("")]
    public async Task A_first_message_that_is_none_is_malformed(string message)
    {
        await using var server = new TestServer();
        var client = await ConnectAsync(server);
        Assert.StartsWith("-ERR", await client.AskAsync($"AUTH SCRAM-SHA-256 {(message.Length == 0 ? "=" : ScramClient.Encode(message))}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commas_and_equals_signs_in_a_name_are_escaped()
    {
        await using var server = new TestServer();
        server.Backend.AddMailbox("a,b=c@contoso.example", TestServer.Password);
        var scram = new ScramClient("a=2Cb=3Dc@contoso.example", TestServer.Password);
        var final = await ProveAsync(await ConnectAsync(server), scram);
        Assert.Equal($"+ {scram.ServerFinal}", final);
    }

    [Fact]
    public async Task A_store_that_is_away_is_said_to_be_away()
    {
        await using var server = new TestServer();
        var client = await ConnectAsync(server);
        server.Backend.IsDown = true;
        Assert.StartsWith("-ERR [SYS/TEMP]", await client.AskAsync($"AUTH SCRAM-SHA-256 {new ScramClient(TestServer.Alice, "x").First}"), StringComparison.Ordinal);
    }

    private static async Task<TestClient> ConnectAsync(TestServer server)
    {
        var client = server.Connect(MailProtocol.Pop3);
        await client.ReadLineAsync();
        return client;
    }

    /// <summary>The answer to the proof: the server's own, or a refusal.</summary>
    private static async Task<string?> ProveAsync(TestClient client, ScramClient scram)
    {
        var challenge = await client.AskAsync($"AUTH SCRAM-SHA-256 {scram.First}");
        Assert.StartsWith("+ ", challenge, StringComparison.Ordinal);
        return await client.AskAsync(scram.Last(challenge![2..]));
    }
}
