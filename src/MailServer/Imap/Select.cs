namespace AdminPortal.MailServer.Imap;

/// <summary>SELECT and EXAMINE (RFC 9051, 6.3.2 and 6.3.3; RECENT and UNSEEN for RFC 3501; parameters of RFC 7162).</summary>
internal static class Select
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var written = FolderName.Decode(imap, line.Arguments.AString());
        var request = SelectRequest.Parse(imap, line.Arguments);
        line.Arguments.End();
        // The folder that was selected before is left even when the new one cannot be opened.
        await LeaveAsync(imap);
        if (written is null || FolderName.Normalise(written) is not { } name)
            return ImapReply.NoSuchFolder();
        var readOnly = line.Name == "EXAMINE";
        if (await imap.Store.OpenFolderAsync(name, readOnly, imap.Stopping) is not OpenFolderOutcome.Opened opened)
            return ImapReply.NoSuchFolder();
        if (request.CondStore)
            imap.Enable(ImapFeatures.CondStore);
        var folder = new SelectedFolder(imap, name, readOnly, opened);
        await imap.SelectAsync(folder);
        Describe(imap, folder);
        if (imap.IsRev2)
            imap.TellName(name, written);
        if (request.Known is { } known)
            await Resync.TellAsync(imap, folder, known);
        return ImapReply.Ok("Folder is open", folder.ReadOnly ? "READ-ONLY" : "READ-WRITE");
    }

    /// <summary>RFC 9051, 7.1: what comes before CLOSED is of the old folder, what comes after it of the new one.</summary>
    private static async Task LeaveAsync(ImapConnection imap)
    {
        if (imap.Selected is not null && (imap.IsRev2 || imap.TellsVanished))
            imap.Untagged("OK [CLOSED] The folder before is left");
        await imap.UnselectAsync();
    }

    private static void Describe(ImapConnection imap, SelectedFolder folder)
    {
        var flags = string.Join(' ', folder.Keywords().Prepend(ImapFlags.System));
        var kept = folder.ReadOnly ? "" : $@"{(folder.MayRemove ? flags : flags.Replace(@"\Deleted ", "", StringComparison.Ordinal))} \*";
        imap.Untagged($"FLAGS ({flags})");
        imap.Untagged($"OK [PERMANENTFLAGS ({kept})] Flags that stay");
        imap.Untagged($"{folder.Count} EXISTS");
        if (!imap.IsRev2)
            DescribeAsRev1(imap, folder);
        imap.Untagged($"OK [UIDVALIDITY {folder.UidValidity}] UIDs are valid");
        imap.Untagged($"OK [UIDNEXT {folder.UidNext}] Next UID");
        imap.Untagged($"OK [HIGHESTMODSEQ {folder.ModSeq}] Changes have numbers");
        imap.Untagged($"OK [MAILBOXID ({folder.Id})] Stays when the folder is renamed");
    }

    private static void DescribeAsRev1(ImapConnection imap, SelectedFolder folder)
    {
        imap.Untagged($"{folder.Recent} RECENT");
        var unseen = folder.Messages.Index().FirstOrDefault(m => !m.Item.Flags.HasFlag(MessageFlags.Seen), (-1, default)).Index;
        if (unseen >= 0)
            imap.Untagged($"OK [UNSEEN {unseen + 1}] First unseen message");
    }
}
