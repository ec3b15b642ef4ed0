using MailKit;
using MimeKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>mpop takes mail by POP3 into a Maildir.</summary>
[Collection(MailPortal.Programs)]
public sealed class MpopTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "plain")]
    [InlineData(true, "scram-sha-256")]
    [InlineData(false, "user")]
    public async Task A_second_run_downloads_nothing(bool implicitTls, string proof)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        using var imap = await portal.ImapAsync(mailbox);
        foreach (var subject in new[] { "one", "two" })
            await imap.Inbox.AppendAsync(
                new MimeMessage([new MailboxAddress("", "a@contoso.example")], [new MailboxAddress("", "b@contoso.example")], subject, new TextPart("plain") { Text = ".\r\n..x" }),
                MessageFlags.None, cancellationToken: Cancel);
        foreach (var folder in new[] { "cur", "new", "tmp" }) Directory.CreateDirectory(Path.Combine(home.Folder, "Mail", folder));

        await RunAsync(home, Settings(home, mailbox, implicitTls, proof, keep: true));
        Assert.Equal(["one", "two"], Subjects(home));
        await RunAsync(home, Settings(home, mailbox, implicitTls, proof, keep: true));
        Assert.Equal(["one", "two"], Subjects(home));

        await RunAsync(home, Settings(home, mailbox, implicitTls, proof, keep: false));
        Assert.Equal(["one", "two"], Subjects(home));
        await imap.Inbox.StatusAsync(StatusItems.Count, Cancel);
        Assert.Equal(0, imap.Inbox.Count);
    }

    private static Task<string> RunAsync(ProgramHome home, string settings) => home.RunAsync(MailProgram.Mpop, ["--file", settings]);

    private string Settings(ProgramHome home, DemoMailbox mailbox, bool implicitTls, string proof, bool keep) => home.Write("mpoprc", $"""
        account default
        host localhost
        port {(implicitTls ? portal.Ports.Pop3s : portal.Ports.Pop3)}
        tls on
        tls_starttls {(implicitTls ? "off" : "on")}
        tls_trust_file {portal.AuthorityPath}
        auth {proof}
        user {mailbox.Address}
        password {mailbox.Password}
        keep {(keep ? "on" : "off")}
        uidls_file {home.Folder}/uidls
        delivery maildir {home.Folder}/Mail

        """);

    private static IEnumerable<string?> Subjects(ProgramHome home) =>
        Directory.EnumerateFiles(Path.Combine(home.Folder, "Mail", "new")).Select(file => MimeMessage.Load(file).Subject).Order(StringComparer.Ordinal);
}
