using MailKit;
using MimeKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>fetchmail takes mail by POP3 and hands it to a delivery program: keeping it on the server, or not.</summary>
[Collection(MailPortal.Programs)]
public sealed class FetchmailTests(MailPortal portal)
{
    private const int Nothing = 1;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_downloads_what_is_new_and_keeps_it_or_not(bool implicitTls)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        using var imap = await portal.ImapAsync(mailbox);
        await imap.Inbox.AppendAsync(Message("first", ".begins with a dot"), MessageFlags.None, cancellationToken: Cancel);
        await imap.Inbox.AppendAsync(Message("second", new string('x', 200_000)), MessageFlags.None, cancellationToken: Cancel);
        var (keep, fetchAll) = (Settings(home, mailbox, implicitTls, "keep"), Settings(home, mailbox, implicitTls, "nokeep"));

        Assert.Equal(["first", "second"], await FetchAsync(home, keep));
        Assert.Equal(2, await CountAsync(imap));
        // By UIDL it knows them again, and what is new is new.
        Assert.Empty(await FetchAsync(home, keep, Nothing));
        await imap.Inbox.AppendAsync(Message("third", "Hello"), MessageFlags.None, cancellationToken: Cancel);
        Assert.Equal(["third"], await FetchAsync(home, keep));

        Assert.Equal(["first", "second", "third"], await FetchAsync(home, fetchAll, 0, "--all"));
        Assert.Equal(0, await CountAsync(imap));
        Assert.Empty(await FetchAsync(home, fetchAll, Nothing));
    }

    [Fact]
    public async Task A_wrong_password_is_told_as_such()
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        var (exitCode, _, errors) = await home.TryAsync(MailProgram.Fetchmail, Arguments(Settings(home, mailbox with { Password = "wrong password" }, true, "keep")));
        Assert.Equal(3, exitCode);
        Assert.Contains("Authorization failure", errors, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string[]> FetchAsync(ProgramHome home, string settings, int exitCode = 0, params string[] more)
    {
        var inbox = Path.Combine(home.Folder, "inbox");
        File.Delete(inbox);
        var end = await home.TryAsync(MailProgram.Fetchmail, [.. Arguments(settings), .. more]);
        Assert.True(end.ExitCode == exitCode, $"fetchmail ended with {end.ExitCode}:\n{end.Errors}\n{end.Output}");
        if (!File.Exists(inbox)) return [];
        await using var mbox = File.OpenRead(inbox);
        var (parser, subjects) = (new MimeParser(mbox, MimeFormat.Mbox), new List<string>());
        while (!parser.IsEndOfStream) subjects.Add((await parser.ParseMessageAsync(Cancel)).Subject!);
        return [.. subjects];
    }

    private static string[] Arguments(string settings) => ["--fetchmailrc", settings, "--nodetach", "--nosyslog", "--pidfile", settings + ".pid"];

    // Its delivery program: an mbox in which each message begins with a line "From ".
    private string Settings(ProgramHome home, DemoMailbox mailbox, bool implicitTls, string keep) => home.Write($"fetchmailrc-{keep}", $"""
        set no bouncemail
        set idfile "{home.Folder}/ids"
        poll localhost protocol pop3 uidl service {(implicitTls ? portal.Ports.Pop3s : portal.Ports.Pop3)} auth password
          user "{mailbox.Address}" password "{mailbox.Password}"
          {(implicitTls ? "ssl" : "sslproto \"TLS1.2+\"")} sslcertck sslcertfile "{portal.AuthorityPath}" {keep}
          mda "sh -c '(echo From fetchmail Thu Jan 01 00:00:00 1970; cat; echo) >> {home.Folder}/inbox'"

        """);

    private static async Task<int> CountAsync(MailKit.Net.Imap.ImapClient imap)
    {
        await imap.Inbox.StatusAsync(StatusItems.Count, Cancel);
        return imap.Inbox.Count;
    }

    private static MimeMessage Message(string subject, string text) => new(
        [new MailboxAddress("Anne", "anne@contoso.example")], [new MailboxAddress("Bob", "bob@contoso.example")], subject, new TextPart("plain") { Text = text });
}
