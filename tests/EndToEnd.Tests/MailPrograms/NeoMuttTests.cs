using MailKit;
using MimeKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>NeoMutt, at a terminal that `script` pretends to be, its keys pressed from a list.</summary>
[Collection(MailPortal.Programs)]
public sealed class NeoMuttTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("imaps")]
    [InlineData("imap")]
    public async Task It_opens_a_folder_reads_flags_deletes_and_moves(string scheme)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome { Environment = { ["TERM"] = "xterm" } };
        using var imap = await portal.ImapAsync(mailbox);
        foreach (var subject in new[] { "to read", "to flag", "to delete", "to move" })
            await imap.Inbox.AppendAsync(
                new MimeMessage([MailboxAddress.Parse("a@x.example")], [], subject, new TextPart("plain") { Text = $"This is {subject}" }), MessageFlags.None, cancellationToken: Cancel);
        await imap.GetFolder(imap.PersonalNamespaces[0]).CreateAsync("Filed", true, Cancel);
        var settings = Settings(home, mailbox, scheme);

        await PressAsync(
            home, settings,
            "<search>~s read<enter><display-message><exit><pipe-message>cat>read.txt<enter>"
            + "<search>~s flag<enter><flag-message><search>~s delete<enter><delete-message><search>~s move<enter><save-message>=Filed<enter><quit>");

        Assert.Contains("This is to read", await File.ReadAllTextAsync(Path.Combine(home.Folder, "read.txt"), Cancel), StringComparison.Ordinal);
        await imap.Inbox.OpenAsync(FolderAccess.ReadOnly, Cancel);
        Assert.Equal(["to flag Flagged", "to read Seen"], await ListAsync(imap.Inbox));
        var filed = await imap.GetFolderAsync("Filed", Cancel);
        await filed.OpenAsync(FolderAccess.ReadOnly, Cancel);
        Assert.Equal(["to move None"], await ListAsync(filed));
    }

    private static async Task<IEnumerable<string>> ListAsync(IMailFolder folder) =>
        (await folder.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags, Cancel))
            .Select(m => $"{m.Envelope!.Subject} {m.Flags & ~MessageFlags.Recent}").Order(StringComparer.Ordinal);

    private static async Task PressAsync(ProgramHome home, string settings, string keys)
    {
        _ = MailProgram.NeoMutt.Path; // or the test is skipped: script would only say that there is no such command
        await home.RunAsync(MailProgram.Script, ["--quiet", "--return", "--command", $"neomutt -n -F {settings} -e 'push \"{keys}\"'", "/dev/null"]);
    }

    private string Settings(ProgramHome home, DemoMailbox mailbox, string scheme) => home.Write("neomuttrc", $"""
        set folder = "{scheme}://localhost:{(scheme == "imaps" ? portal.Ports.Imaps : portal.Ports.Imap)}/"
        set spoolfile = "+INBOX"
        set imap_user = "{mailbox.Address}"
        set imap_pass = "{mailbox.Password}"
        set ssl_force_tls = yes
        set ssl_usesystemcerts = no
        set ssl_ca_certificates_file = "{portal.AuthorityPath}"
        set delete = yes
        set quit = yes
        set move = no
        set confirmappend = no
        set wait_key = no
        set sleep_time = 0
        unset mark_old

        """);
}
