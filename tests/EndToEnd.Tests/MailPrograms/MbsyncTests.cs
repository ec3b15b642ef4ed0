using MailKit;
using MailKit.Net.Imap;
using MimeKit;
using Xunit;

namespace AdminPortal.EndToEnd.MailPrograms;

/// <summary>mbsync keeps a Maildir and a mailbox the same, both ways.</summary>
[Collection(MailPortal.Programs)]
public sealed class MbsyncTests(MailPortal portal)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("IMAPS")]
    [InlineData("STARTTLS")]
    public async Task Both_sides_become_the_same_and_a_second_run_changes_nothing(string security)
    {
        var mailbox = await portal.NewMailboxAsync();
        using var home = new ProgramHome();
        using var imap = await portal.ImapAsync(mailbox);
        await imap.Inbox.AppendAsync(Message("read there"), MessageFlags.Seen, cancellationToken: Cancel);
        await imap.Inbox.AppendAsync(Message("large", new string('x', 400_000)), MessageFlags.Flagged | MessageFlags.Answered, cancellationToken: Cancel);
        var projects = (await Top(imap).CreateAsync("Prüfung", true, Cancel))!;
        await projects.AppendAsync(Message("in a folder"), MessageFlags.None, cancellationToken: Cancel);
        home.Write("Mail/Made here/cur/1.1.here:2,FS", "Subject: made here\n\nHello\n");
        home.Write("Mail/INBOX/new/2.1.here", "Subject: new here\n\nHello\n");
        var settings = Settings(home, mailbox, security);

        await SyncAsync(home, settings);

        // A Maildir's folders are called as on the wire, in modified UTF-7.
        Assert.Equal(["INBOX: large FR", "INBOX: new here ", "INBOX: read there S", "Made here: made here FS", "Pr&APw-fung: in a folder "], Here(home));
        Assert.Equal(
            ["INBOX: large Answered, Flagged", "INBOX: new here None", "INBOX: read there Seen", "Made here: made here Seen, Flagged", "Prüfung: in a folder None"],
            await ThereAsync(imap));

        await ChangesNothingAsync(home, settings, imap);

        await imap.Inbox.OpenAsync(FolderAccess.ReadWrite, Cancel);
        var (read, made) = (await UidAsync(imap.Inbox, "read there"), await UidAsync(imap.Inbox, "new here"));
        await imap.Inbox.AddFlagsAsync(read, MessageFlags.Deleted, silent: true, Cancel);
        await imap.Inbox.ExpungeAsync([read], Cancel);
        await imap.Inbox.AddFlagsAsync(made, MessageFlags.Flagged, silent: true, Cancel);
        File.Delete(Files(home).Single(file => Subject(file) == "large"));
        var renamed = Files(home).Single(file => Subject(file) == "made here");
        File.Move(renamed, renamed[..renamed.IndexOf(":2,", StringComparison.Ordinal)] + ":2,FRS");
        home.Write("Mail/Pr&APw-fung/new/3.1.here", "Subject: answer\n\nHello\n");

        await SyncAsync(home, settings);

        Assert.Equal(["INBOX: new here F", "Made here: made here FRS", "Pr&APw-fung: answer ", "Pr&APw-fung: in a folder "], Here(home));
        Assert.Equal(
            ["INBOX: new here Flagged", "Made here: made here Seen, Answered, Flagged", "Prüfung: answer None", "Prüfung: in a folder None"],
            await ThereAsync(imap));

        await ChangesNothingAsync(home, settings, imap);
    }

    private static async Task ChangesNothingAsync(ProgramHome home, string settings, ImapClient imap)
    {
        var (files, positions) = (Files(home), await PositionsAsync(imap));
        await SyncAsync(home, settings);
        Assert.Equal(files, Files(home));
        Assert.Equal(positions, await PositionsAsync(imap));
    }

    private static Task<string> SyncAsync(ProgramHome home, string settings) => home.RunAsync(MailProgram.Mbsync, ["--all", "--config", settings]);

    private string Settings(ProgramHome home, DemoMailbox mailbox, string security) => home.Write("mbsyncrc", $"""
        IMAPStore there
        Host localhost
        Port {(security == "IMAPS" ? portal.Ports.Imaps : portal.Ports.Imap)}
        SSLType {security}
        SystemCertificates no
        CertificateFile {portal.AuthorityPath}
        User {mailbox.Address}
        Pass {mailbox.Password}

        MaildirStore here
        Path {home.Folder}/Mail/
        Inbox {home.Folder}/Mail/INBOX
        SubFolders Verbatim

        Channel all
        Far :there:
        Near :here:
        Patterns * !Public*
        Create Both
        Remove Both
        Expunge Both
        SyncState *

        """);

    /// <summary>The Maildir's messages: <c>Folder: subject flags</c>.</summary>
    private static IEnumerable<string> Here(ProgramHome home) => Files(home).Select(file =>
        $"{new FileInfo(file).Directory!.Parent!.Name}: {Subject(file)} {(file.LastIndexOf(":2,", StringComparison.Ordinal) is > 0 and var at ? file[(at + 3)..] : "")}")
        .Order(StringComparer.Ordinal);

    private static List<string> Files(ProgramHome home) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(home.Folder, "Mail"), "*", SearchOption.AllDirectories)
            .Where(file => new FileInfo(file).Directory!.Name is "cur" or "new").Order(StringComparer.Ordinal),
    ];

    private static string? Subject(string file) => MimeMessage.Load(file).Subject;

    /// <summary>The mailbox's messages: <c>Folder: subject flags</c>.</summary>
    private static async Task<IEnumerable<string>> ThereAsync(ImapClient imap)
    {
        var found = new List<string>();
        foreach (var folder in await FoldersAsync(imap))
        {
            await folder.OpenAsync(FolderAccess.ReadOnly, Cancel);
            foreach (var message in await folder.FetchAsync(0, -1, MessageSummaryItems.Envelope | MessageSummaryItems.Flags, Cancel))
                found.Add($"{folder.FullName}: {message.Envelope!.Subject} {message.Flags & ~MessageFlags.Recent}");
        }
        return found.Order(StringComparer.Ordinal);
    }

    /// <summary>How far each folder has come: any change at all raises it.</summary>
    private static async Task<IEnumerable<string>> PositionsAsync(ImapClient imap)
    {
        var positions = new List<string>();
        foreach (var folder in await FoldersAsync(imap))
        {
            await folder.StatusAsync(StatusItems.HighestModSeq | StatusItems.UidNext, Cancel);
            positions.Add($"{folder.FullName} {folder.HighestModSeq} {folder.UidNext}");
        }
        return positions.Order(StringComparer.Ordinal);
    }

    /// <summary>Those of the mailbox; folders that a tenant's mailboxes share are not synchronised here.</summary>
    private static async Task<IList<IMailFolder>> FoldersAsync(ImapClient imap) =>
        [.. (await imap.GetFoldersAsync(imap.PersonalNamespaces[0], cancellationToken: Cancel)).Where(folder => folder.FullName.Split('/')[0] != "Public")];

    private static IMailFolder Top(ImapClient imap) => imap.GetFolder(imap.PersonalNamespaces[0]);

    private static async Task<UniqueId> UidAsync(IMailFolder folder, string subject) =>
        Assert.Single(await folder.SearchAsync(MailKit.Search.SearchQuery.SubjectContains(subject), Cancel));

    private static MimeMessage Message(string subject, string text = "Hello") => new(
        [new MailboxAddress("Änne", "anne@contoso.example")], [new MailboxAddress("Bob", "bob@contoso.example")], subject, new TextPart("plain") { Text = text });
}
