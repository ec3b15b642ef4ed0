using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Clients;

/// <summary>curl speaks all three protocols, from its own code and with its own TLS.</summary>
public sealed class CurlTests(MailHost host) : IClassFixture<MailHost>
{
    [Theory]
    [InlineData("imaps")]
    [InlineData("imap")]
    public async Task Reads_over_imap(string scheme)
    {
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: one\n\nHello curl\n");
        var address = $"{scheme}://localhost:{host.Port(scheme)}";

        Assert.Contains("\"INBOX\"", await CurlAsync(mailbox, $"{address}/"), StringComparison.Ordinal);
        Assert.Contains("Hello curl", await CurlAsync(mailbox, $"{address}/INBOX;UID=1"), StringComparison.Ordinal);
        Assert.Contains("* SEARCH 1", await CurlAsync(mailbox, $"{address}/INBOX?ALL"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Appends_over_imap()
    {
        var mailbox = host.NewMailbox();
        var message = Path.Combine(Path.GetTempPath(), $"{mailbox}.eml");
        await File.WriteAllTextAsync(message, "Subject: draft\n\nHello\n", TestContext.Current.CancellationToken);
        await CurlAsync(mailbox, $"imaps://localhost:{host.Port("imaps")}/Drafts", "--upload-file", message);
        File.Delete(message);
        Assert.Equal("Subject: draft\r\n\r\nHello\r\n", Assert.Single(host.Backend.Messages(mailbox, "Drafts")));
    }

    [Theory]
    [InlineData("pop3s")]
    [InlineData("pop3")]
    public async Task Reads_over_pop3(string scheme)
    {
        var mailbox = host.NewMailbox();
        host.Backend.Deliver(mailbox, "Subject: one\n\nHello curl\n.dot\n");
        var address = $"{scheme}://localhost:{host.Port(scheme)}";

        Assert.StartsWith("1 ", await CurlAsync(mailbox, $"{address}/"), StringComparison.Ordinal);
        Assert.Contains("Hello curl\r\n.dot\r\n", await CurlAsync(mailbox, $"{address}/1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("submissions", "smtps")]
    [InlineData("submission", "smtp")]
    public async Task Sends(string listener, string scheme)
    {
        var (from, to) = (host.NewMailbox(), host.NewMailbox());
        var address = $"{scheme}://localhost:{host.Port(listener)}/client.example";
        await CurlAsync(from, address, "--mail-from", from, "--mail-rcpt", to, "--upload-file", "-");
        Assert.Contains("from curl", Assert.Single(host.Backend.Messages(to)), StringComparison.Ordinal);
    }

    private Task<string> CurlAsync(string mailbox, string address, params string[] more) => Programs.RunAsync(
        "curl",
        [
            "--silent", "--show-error", "--max-time", "30", "--ssl-reqd", "--cacert", host.AuthorityFile,
            "--user", $"{mailbox}:{TestServer.Password}", .. more, address,
        ],
        input: more.Contains("-") ? "Subject: from curl\r\n\r\nHello\r\n" : null);
}
