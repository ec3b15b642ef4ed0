namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 3501, 6.3.9: subscribed names. Where <c>%</c> stops above a subscribed name, the level it stops at is shown as not selectable.
/// </summary>
internal static class Lsub
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var request = ListRequest.Parse(imap, line.Arguments);
        var names = (await imap.Store.ListFoldersAsync(imap.Stopping)).Where(f => f.Subscribed).Select(f => f.Name).ToHashSet();
        var shown = names.Where(request.Matches).ToHashSet();
        // A level is shown for the sake of those below it that the pattern itself does not reach.
        var above = names.Except(shown).SelectMany(FolderName.Above).Where(n => request.Matches(n) && !shown.Contains(n)).ToHashSet();
        foreach (var name in shown.Concat(above).Order(FolderOrder.Instance))
        {
            imap.Output.Write(above.Contains(name) ? "* LSUB (\\Noselect) \"/\" " : "* LSUB () \"/\" ");
            imap.WriteFolder(name).EndLine();
        }

        return ImapReply.Ok("Done");
    }
}
