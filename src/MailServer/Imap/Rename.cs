namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.3.6. A folder cannot be moved below itself.</summary>
internal static class Rename
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var from = FolderName.Parse(imap, line.Arguments);
        line.Arguments.Space();
        var to = FolderName.Parse(imap, line.Arguments);
        line.Arguments.End();
        if (from is null)
            return ImapReply.NoSuchFolder();
        if (to is null || (to.StartsWith(from + FolderName.Separator, StringComparison.Ordinal) && from != "INBOX"))
            return ImapReply.BadName();
        return await imap.Store.RenameFolderAsync(from, to, imap.Stopping) switch
        {
            RenameFolderOutcome.Renamed => ImapReply.Ok("Folder renamed"),
            RenameFolderOutcome.NotPermitted => ImapReply.NotPermitted(),
            RenameFolderOutcome.AlreadyExists => ImapReply.No("The folder exists already", "ALREADYEXISTS"),
            _ => ImapReply.NoSuchFolder(),
        };
    }
}
