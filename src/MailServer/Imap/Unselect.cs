namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 3691: leaves the folder and expunges nothing.</summary>
internal static class Unselect
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        await imap.UnselectAsync();
        return ImapReply.Ok("Folder left");
    }
}
