namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 3501, 6.3.9: subscribed names. Where <c>%</c> stops above a subscribed name, the level it stops at is shown as not selectable.
/// </summary>
internal static class Lsub
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var request = ListRequest.Parse(line.Arguments);
        var names = (await imap.Store.ListFoldersAsync(imap.Stopping)).Where(f => f.Subscribed).Select(f => f.Name).ToHashSet();
        var shown = names.Where(request.Matches).ToHashSet();
        var above = names.SelectMany(Above).Where(n => request.Matches(n) && !shown.Contains(n)).ToHashSet();
        // A level is shown for the sake of those below it that the pattern itself does not reach.
        above.RemoveWhere(level => !names.Except(shown).Any(n => n.StartsWith(level + FolderName.Separator, StringComparison.Ordinal)));
        foreach (var name in shown.Concat(above).Order(FolderOrder.Instance))
            imap.Output.Write(above.Contains(name) ? "* LSUB (\\Noselect) \"/\" " : "* LSUB () \"/\" ").WriteFolder(name).EndLine();
        return ImapReply.Ok("Done");
    }

    private static IEnumerable<string> Above(string name)
    {
        for (var slash = name.IndexOf(FolderName.Separator); slash > 0; slash = name.IndexOf(FolderName.Separator, slash + 1))
            yield return name[..slash];
    }
}
