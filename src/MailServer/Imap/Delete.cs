namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.3.5. INBOX is never deleted.</summary>
internal static class Delete
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(imap, line.Arguments);
        line.Arguments.End();
        if (name == "INBOX")
            return ImapReply.No("INBOX cannot be deleted", "CANNOT");
        if (name is null)
            return ImapReply.NoSuchFolder();
        var outcome = await imap.Store.DeleteFolderAsync(name, imap.Stopping);
        // A folder that could not be deleted stays selected.
        if (outcome == DeleteFolderOutcome.Deleted && imap.Selected?.Name == name)
            await imap.UnselectAsync();
        return outcome switch
        {
            DeleteFolderOutcome.Deleted => ImapReply.Ok("Folder deleted"),
            DeleteFolderOutcome.NotPermitted => ImapReply.NotPermitted(),
            DeleteFolderOutcome.HasChildren => ImapReply.No("There are folders below it", "HASCHILDREN"),
            _ => ImapReply.NoSuchFolder(),
        };
    }
}
