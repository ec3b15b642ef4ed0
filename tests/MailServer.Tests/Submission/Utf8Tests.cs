using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Submission;

/// <summary>Addresses and headers in UTF-8 (RFC 6531).</summary>
public sealed class Utf8Tests
{
    [Fact]
    public async Task Addresses_beyond_ASCII_are_taken_where_the_client_says_so()
    {
        await using var server = new TestServer();
        server.Backend.AddMailbox("zoé@contoso.example", TestServer.Password);
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(
            ("MAIL FROM:<alice@contoso.example> SMTPUTF8 BODY=8BITMIME", "250"), ("RCPT TO:<zoé@contoso.example>", "250"),
            ("RCPT TO:<nobodyé@contoso.example>", "550 5.1.1"), ("DATA", "354"));
        Assert.StartsWith("250", await client.AskAsync("Subject: é\r\nTo: zoé@contoso.example\r\n\r\n."), StringComparison.Ordinal);

        var message = Assert.Single(server.Backend.Messages("zoé@contoso.example"));
        Assert.Contains(" with UTF8SMTPSA id ", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_does_not_say_so_may_not_use_them()
    {
        await using var server = new TestServer();
        server.Backend.AddMailbox("zoé@contoso.example", TestServer.Password);
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(
            ("MAIL FROM:<zoé@contoso.example>", "501"), ("MAIL FROM:<alice@contoso.example>", "250"), ("RCPT TO:<zoé@contoso.example>", "501"));
    }

    [Fact]
    public async Task The_sender_must_belong_to_the_login_in_every_script()
    {
        await using var server = new TestServer();
        server.Backend.AddMailbox("zoé@contoso.example", TestServer.Password);
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(("MAIL FROM:<zoé@contoso.example> SMTPUTF8", "553 5.7.1"), ("MAIL FROM:<alice@contoso.example> SMTPUTF8=yes", "555"));
    }

    [Theory]
    [InlineData("MAIL FROM:<a\u0085b@contoso.example> SMTPUTF8")]
    [InlineData("MAIL FROM:<a\u00a0b@contoso.example> SMTPUTF8")]
    [InlineData("MAIL FROM:<a\u202eb@contoso.example> SMTPUTF8")]
    public async Task Control_and_direction_characters_are_in_no_address(string command)
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync((command, "501"));
    }

    [Fact]
    public async Task Octets_that_are_no_UTF_8_are_refused()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.SendAsync(new byte[] { (byte)'M', (byte)'A', (byte)'I', (byte)'L', (byte)' ', (byte)'F', 0xff, (byte)'\r', (byte)'\n' });
        Assert.StartsWith("501", await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
