namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.3.4. A separator at the end only says that folders will follow below.</summary>
internal static class Create
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var written = FolderName.Decode(imap, line.Arguments.AString())?.TrimEnd(FolderName.Separator);
        line.Arguments.End();
        if (written is null || FolderName.Normalise(written) is not { } name)
            return ImapReply.BadName();
        var outcome = await imap.Store.CreateFolderAsync(name, imap.Stopping);
        if (outcome == CreateFolderOutcome.Created && imap.IsRev2 && name != written)
            imap.TellName(name, written);
        return outcome switch
        {
            CreateFolderOutcome.Created => ImapReply.Ok("Folder created", await IdAsync(imap, name)),
            CreateFolderOutcome.AlreadyExists => ImapReply.No("The folder exists already", "ALREADYEXISTS"),
            CreateFolderOutcome.NotPermitted => ImapReply.NotPermitted(),
            _ => ImapReply.No("There are too many folders", "LIMIT"),
        };
    }

    /// <summary>RFC 8474, 4.1; nothing when somebody else has deleted it already.</summary>
    private static async Task<string?> IdAsync(ImapConnection imap, string name) =>
        await imap.Store.GetStatusAsync([name], imap.Stopping) is [var status] ? $"MAILBOXID ({status.Id})" : null;
}
