namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.4.1: expunges without a word, then leaves the folder.</summary>
internal static class Close
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        if (!imap.Selected!.ReadOnly)
            await imap.Selected.Folder.ExpungeAsync(uids: null, imap.Stopping);
        await imap.UnselectAsync();
        return ImapReply.Ok("Folder closed");
    }
}
