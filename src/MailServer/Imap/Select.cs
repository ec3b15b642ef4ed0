namespace AdminPortal.MailServer.Imap;

/// <summary>SELECT and EXAMINE (RFC 9051, 6.3.2 and 6.3.3; RECENT and UNSEEN for RFC 3501).</summary>
internal static class Select
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(line.Arguments);
        line.Arguments.End();
        // The folder that was selected before is left even when the new one cannot be opened.
        await imap.UnselectAsync();
        if (name is null)
            return ImapReply.NoSuchFolder();
        var readOnly = line.Name == "EXAMINE";
        if (await imap.Store.OpenFolderAsync(name, readOnly, imap.Stopping) is not OpenFolderOutcome.Opened opened)
            return ImapReply.NoSuchFolder();
        var folder = new SelectedFolder(name, readOnly, opened.Folder, opened.Snapshot);
        await imap.SelectAsync(folder);
        Describe(imap, folder);
        return ImapReply.Ok("Folder is open", readOnly ? "READ-ONLY" : "READ-WRITE");
    }

    private static void Describe(ImapConnection imap, SelectedFolder folder)
    {
        var flags = string.Join(' ', folder.Keywords().Prepend(ImapFlags.System));
        imap.Untagged($"FLAGS ({flags})");
        imap.Untagged($"OK [PERMANENTFLAGS ({(folder.ReadOnly ? "" : $@"{flags} \*")})] Flags that stay");
        imap.Untagged($"{folder.Count} EXISTS");
        imap.Untagged($"{folder.Recent} RECENT");
        var unseen = folder.Messages.Index().FirstOrDefault(m => !m.Item.Flags.HasFlag(MessageFlags.Seen), (-1, default)).Index;
        if (unseen >= 0)
            imap.Untagged($"OK [UNSEEN {unseen + 1}] First unseen message");
        imap.Untagged($"OK [UIDVALIDITY {folder.UidValidity}] UIDs are valid");
        imap.Untagged($"OK [UIDNEXT {folder.UidNext}] Next UID");
    }
}
