using System.Net.Http.Headers;
using System.Net.Http.Json;
using MailKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>swaks speaks SMTP and says what it heard.</summary>
[Collection(MailPortal.Programs)]
public sealed class SwaksTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "PLAIN")]
    [InlineData(true, "LOGIN")]
    [InlineData(false, "PLAIN")]
    [InlineData(false, "LOGIN")]
    public async Task A_message_arrives_by_each_door_and_proof(bool implicitTls, string proof)
    {
        var (sender, recipient) = (await portal.NewMailboxAsync(), await portal.NewMailboxAsync());
        using var home = new ProgramHome();
        var said = await home.RunAsync(MailProgram.Swaks, [.. Arguments(sender, recipient.Address, implicitTls), "--auth", proof, "--header", "Subject: by swaks"]);
        Assert.Contains("250 2.0.0 Accepted as", said, StringComparison.Ordinal);

        using var imap = await portal.ImapAsync(recipient);
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
        Assert.Equal("by swaks", (await imap.Inbox.GetMessageAsync(0, Cancel)).Subject);
    }

    [Theory]
    [InlineData("nobody@contoso.example", "550 5.1.1")]
    [InlineData("somebody@elsewhere.example", "550 5.7.1")]
    public async Task A_recipient_that_cannot_be_reached_is_refused_before_the_message(string recipient, string refusal)
    {
        var sender = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        var (exitCode, output, _) = await home.TryAsync(MailProgram.Swaks, [.. Arguments(sender, recipient, true), "--auth", "PLAIN"]);
        Assert.Equal(24, exitCode);
        Assert.Contains(refusal, output, StringComparison.Ordinal);
        Assert.DoesNotContain("DATA", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_foreign_sender_is_refused()
    {
        var (sender, recipient) = (await portal.NewMailboxAsync(), await portal.NewMailboxAsync());
        using var home = new ProgramHome();
        var (exitCode, output, _) = await home.TryAsync(
            MailProgram.Swaks, [.. Arguments(sender, recipient.Address, true), "--auth", "PLAIN", "--from", recipient.Address]);
        Assert.Equal(23, exitCode);
        Assert.Contains("553 5.7.1", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mailbox_whose_SMTP_is_off_hears_so_after_the_right_password_alone()
    {
        var (sender, recipient) = (await portal.NewMailboxAsync(), await portal.NewMailboxAsync());
        using var api = portal.Process.Api("contoso", "TenantAdmin");
        using var off = new HttpRequestMessage(HttpMethod.Patch, $"/api/v1/tenants/contoso/mailboxes/{Uri.EscapeDataString(sender.Address)}/access")
        {
            Content = JsonContent.Create(new { smtp = "disabled" }, new MediaTypeHeaderValue("application/merge-patch+json")),
            Headers = { IfMatch = { EntityTagHeaderValue.Any } },
        };
        using (var answer = await api.SendAsync(off, Cancel)) answer.EnsureSuccessStatusCode();
        using var home = new ProgramHome();

        var right = await home.TryAsync(MailProgram.Swaks, [.. Arguments(sender, recipient.Address, false), "--auth", "PLAIN"]);
        Assert.Contains("525 5.7.13 SMTP is switched off", right.Output, StringComparison.Ordinal);
        var wrong = await home.TryAsync(MailProgram.Swaks, [.. Arguments(sender with { Password = "wrong" }, recipient.Address, false), "--auth", "PLAIN"]);
        Assert.Contains("535 5.7.8", wrong.Output, StringComparison.Ordinal);
        Assert.Equal((28, 28), (right.ExitCode, wrong.ExitCode));
    }

    [Fact]
    public async Task Without_TLS_no_password_is_taken()
    {
        var sender = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        var (_, output, errors) = await home.TryAsync(MailProgram.Swaks,
            ["--server", "localhost", "--port", $"{portal.Ports.Submission}", "--from", sender.Address, "--to", sender.Address, "--auth", "PLAIN", "--auth-user", sender.Address, "--auth-password", sender.Password]);
        Assert.Contains("Host did not advertise authentication", output + errors, StringComparison.Ordinal);
    }

    private string[] Arguments(DemoMailbox sender, string recipient, bool implicitTls) =>
    [
        "--server", "localhost", "--port", $"{(implicitTls ? portal.Ports.Submissions : portal.Ports.Submission)}", implicitTls ? "--tls-on-connect" : "--tls",
        "--tls-verify", "--tls-ca-path", portal.AuthorityPath, "--from", sender.Address, "--to", recipient, "--auth-user", sender.Address, "--auth-password", sender.Password,
    ];
}
