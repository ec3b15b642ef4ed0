using MailKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>curl, which scripts use: lists, fetches, appends.</summary>
[Collection(MailPortal.Programs)]
public sealed class CurlTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("imaps")]
    [InlineData("imap")]
    public async Task It_lists_appends_fetches_and_finds(string scheme)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        var message = home.Write("message.eml", "Subject: from curl\nX-Note: Grüße\n\nHello curl\n");

        Assert.Contains("(\\HasNoChildren \\Drafts) \"/\" \"Drafts\"", await CurlAsync(home, mailbox, scheme, ""), StringComparison.Ordinal);
        await CurlAsync(home, mailbox, scheme, "Drafts", "--upload-file", message);
        Assert.Equal("Subject: from curl\r\nX-Note: Grüße\r\n\r\nHello curl\r\n", await CurlAsync(home, mailbox, scheme, "Drafts;MAILINDEX=1"));
        Assert.Contains("Hello curl", await CurlAsync(home, mailbox, scheme, "Drafts;UID=1;SECTION=TEXT"), StringComparison.Ordinal);
        Assert.Contains("* SEARCH 1", await CurlAsync(home, mailbox, scheme, "Drafts?SUBJECT%20curl"), StringComparison.Ordinal);
        await CurlAsync(home, mailbox, scheme, "Drafts", "--request", @"STORE 1 +FLAGS (\Deleted)");
        await CurlAsync(home, mailbox, scheme, "Drafts", "--request", "EXPUNGE");

        using var imap = await portal.ImapAsync(mailbox);
        var drafts = imap.GetFolder(SpecialFolder.Drafts)!;
        await drafts.StatusAsync(StatusItems.Count | StatusItems.UidNext, Cancel);
        Assert.Equal((0, 2u), (drafts.Count, drafts.UidNext!.Value.Id));
    }

    [Fact]
    public async Task It_does_not_sign_in_without_encryption()
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();

        var end = await home.TryAsync(
            MailProgram.Curl, ["--silent", "--show-error", "--user", $"{mailbox.Address}:{mailbox.Password}", $"imap://localhost:{portal.Ports.Imap}/"]);

        Assert.Equal(67, end.ExitCode); // "login denied"
    }

    private Task<string> CurlAsync(ProgramHome home, DemoMailbox mailbox, string scheme, string path, params string[] more) => home.RunAsync(
        MailProgram.Curl,
        [
            "--silent", "--show-error", "--max-time", "60", "--ssl-reqd", "--cacert", portal.AuthorityPath, "--user", $"{mailbox.Address}:{mailbox.Password}",
            .. more, $"{scheme}://localhost:{(scheme == "imaps" ? portal.Ports.Imaps : portal.Ports.Imap)}/{path}",
        ]);
}
