using AdminPortal.MailServer;
using AdminPortal.MailServerTests.Harness;
using Xunit;

namespace AdminPortal.MailServerTests.Submission;

internal static class SubmissionClient
{
    /// <summary>Alice, greeted and signed in.</summary>
    public static async Task<TestClient> SignedInAsync(TestServer server)
    {
        var client = server.Connect(MailProtocol.Smtp);
        await client.ReadLineAsync();
        await client.LineAsync("EHLO client.example");
        await client.ReadUntilAsync(line => line.StartsWith("250 ", StringComparison.Ordinal));
        Assert.Equal("235 2.7.0 Signed in", await client.AskAsync("AUTH PLAIN AGFsaWNlQGNvbnRvc28uZXhhbXBsZQBjb3JyZWN0IGhvcnNl"));
        return client;
    }

    /// <summary>Asks each and expects the code.</summary>
    public static async Task ExpectAsync(this TestClient client, params (string Line, string Code)[] dialogue)
    {
        foreach (var (line, code) in dialogue)
            Assert.StartsWith(code, await client.AskAsync(line), StringComparison.Ordinal);
    }
}
