using System.Text;
using AdminPortal.MailServerTests.Harness;
using MimeKit;
using Xunit;

namespace AdminPortal.MailServerTests.Submission;

/// <summary>BDAT and BINARYMIME (RFC 3030).</summary>
public sealed class ChunkingTests
{
    [Fact]
    public async Task A_message_in_chunks_is_delivered_as_it_is_dots_included()
    {
        await using var server = new TestServer();
        var client = await BegunAsync(server);
        Assert.Equal("250 2.0.0 14 octets received", await ChunkAsync(client, "Subject: x\r\n\r\n"));
        Assert.Equal("250 2.0.0 0 octets received", await ChunkAsync(client, ""));
        Assert.StartsWith("250 2.0.0 Accepted as ", await ChunkAsync(client, ".\r\n..\r\n.", last: true), StringComparison.Ordinal);

        Assert.EndsWith("Subject: x\r\n\r\n.\r\n..\r\n.", Assert.Single(server.Backend.Messages(TestServer.Bob)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_transaction_may_be_pipelined_and_cut_anywhere()
    {
        const string Octets = "MAIL FROM:<alice@contoso.example>\r\nRCPT TO:<bob@contoso.example>\r\nBDAT 6\r\nA: b\r\nBDAT 7 LAST\r\n\r\nMAIL!NOOP\r\nQUIT\r\n";
        for (var cut = 1; cut < Octets.Length; cut++)
        {
            await using var server = new TestServer();
            var client = await SubmissionClient.SignedInAsync(server);
            await client.SendAsync(Octets[..cut]);
            await client.SendAsync(Octets[cut..]);

            var said = await client.ReadToEndAsync();
            Assert.Equal(["250", "250", "250", "250", "250", "221"], said.Select(line => line[..3]));
            Assert.EndsWith("\r\nA: b\r\n\r\nMAIL!", Assert.Single(server.Backend.Messages(TestServer.Bob)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_octets_of_a_refused_chunk_are_never_commands()
    {
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        Assert.StartsWith("503 5.5.1", await ChunkAsync(client, "MAIL FROM:<alice@contoso.example>\r\n"), StringComparison.Ordinal);
        await client.ExpectAsync(("MAIL FROM:<alice@contoso.example>", "250"), ("RCPT TO:<nobody@contoso.example>", "550"));
        Assert.StartsWith("554 5.5.1", await ChunkAsync(client, "QUIT\r\n", last: true), StringComparison.Ordinal);

        // RFC 3030, 2: the transaction is over.
        await client.ExpectAsync(("RCPT TO:<bob@contoso.example>", "503"), ("MAIL FROM:<alice@contoso.example>", "250"), ("QUIT", "221"));
    }

    [Fact]
    public async Task DATA_and_chunks_do_not_mix()
    {
        await using var server = new TestServer();
        var client = await BegunAsync(server);
        await ChunkAsync(client, "Subject: x\r\n");
        await client.ExpectAsync(("DATA", "503"), ("RCPT TO:<bob@contoso.example>", "503"), ("MAIL FROM:<alice@contoso.example>", "503"), ("RSET", "250"));
        await client.ExpectAsync(("MAIL FROM:<alice@contoso.example> BODY=BINARYMIME", "250"), ("RCPT TO:<bob@contoso.example>", "250"), ("DATA", "503"));
        Assert.StartsWith("250", await ChunkAsync(client, "Subject: y\r\n\r\n", last: true), StringComparison.Ordinal);

        Assert.EndsWith("Subject: y\r\n\r\n", Assert.Single(server.Backend.Messages(TestServer.Bob)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT x")]
    [InlineData("BDAT -1 LAST")]
    [InlineData("BDAT 1 FIRST")]
    [InlineData("BDAT 99999999999999999999 LAST")]
    public async Task A_size_that_is_none_ends_the_connection(string command)
    {
        await using var server = new TestServer();
        var client = await BegunAsync(server);
        await client.SendAsync($"{command}\r\nNOOP\r\n");
        await client.HangUpAsync();
        Assert.Equal(["501 5.5.4 BDAT size, or BDAT size LAST"], await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Chunks_that_together_are_too_large_are_refused_and_the_session_goes_on()
    {
        await using var server = new TestServer(options => options.Limits.MessageSize = 65_536);
        var client = await BegunAsync(server);
        Assert.StartsWith("250", await ChunkAsync(client, new string('x', 65_000)), StringComparison.Ordinal);
        Assert.Equal("552 5.3.4 A message may have 65536 octets", await ChunkAsync(client, new string('x', 65_000), last: true));
        await client.ExpectAsync(("MAIL FROM:<alice@contoso.example>", "250"));
        await client.LineAsync("BDAT 65537");
        await client.HangUpAsync();
        Assert.Equal(["552 5.3.4 A message may have 65536 octets"], await client.ReadToEndAsync());
        Assert.Empty(server.Backend.Messages(TestServer.Bob));
    }

    [Theory]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    [InlineData("a\r")]
    [InlineData("a\0b")]
    public async Task Binary_that_is_not_declared_is_refused(string body)
    {
        await using var server = new TestServer();
        var client = await BegunAsync(server);
        Assert.StartsWith("554 5.6.0", await ChunkAsync(client, $"Subject: x\r\n\r\n{body}", last: true), StringComparison.Ordinal);
        Assert.Empty(server.Backend.Messages(TestServer.Bob));
    }

    [Fact]
    public async Task A_binary_part_arrives_in_base64_octet_for_octet()
    {
        byte[] octets = [0, 1, 10, 13, 255, 13, 10, 0];
        var message = "MIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n"u8.ToArray().Concat(octets).ToArray();
        await using var server = new TestServer();
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(("MAIL FROM:<alice@contoso.example> BODY=BINARYMIME", "250"), ("RCPT TO:<bob@contoso.example>", "250"));
        await client.LineAsync($"BDAT {message.Length} LAST");
        await client.SendAsync(message);
        Assert.StartsWith("250 2.0.0 Accepted as ", await client.ReadLineAsync(), StringComparison.Ordinal);

        var text = Assert.Single(server.Backend.Messages(TestServer.Bob));
        Assert.DoesNotContain('\0', text);
        using var stored = new MemoryStream(Encoding.Latin1.GetBytes(text));
        using var read = await MimeMessage.LoadAsync(stored, TestContext.Current.CancellationToken);
        using var decoded = new MemoryStream();
        await Assert.IsType<MimePart>(read.Body).Content!.DecodeToAsync(decoded, TestContext.Current.CancellationToken);
        Assert.Equal(octets, decoded.ToArray());
    }

    private static async Task<TestClient> BegunAsync(TestServer server)
    {
        var client = await SubmissionClient.SignedInAsync(server);
        await client.ExpectAsync(("MAIL FROM:<alice@contoso.example>", "250"), ("RCPT TO:<bob@contoso.example>", "250"));
        return client;
    }

    private static async Task<string?> ChunkAsync(TestClient client, string octets, bool last = false)
    {
        await client.SendAsync($"BDAT {octets.Length}{(last ? " LAST" : "")}\r\n{octets}");
        return await client.ReadLineAsync();
    }
}
