namespace AdminPortal.MailServer.Imap;

/// <summary>SUBSCRIBE and UNSUBSCRIBE (RFC 9051, 6.3.7 and 6.3.8): a list of names, whether or not the folders exist.</summary>
internal static class Subscribe
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(imap, line.Arguments);
        line.Arguments.End();
        if (name is null)
            return ImapReply.BadName();
        return await imap.Store.SetSubscribedAsync(name, line.Name == "SUBSCRIBE", imap.Stopping)
            ? ImapReply.Ok("Done")
            : ImapReply.No("There are too many subscriptions", "LIMIT");
    }
}
