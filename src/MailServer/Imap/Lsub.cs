namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 3501, 6.3.9: subscribed names. Where <c>%</c> stops above a subscribed name, the level it stops at is shown as not selectable.
/// </summary>
internal static class Lsub
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        if (List.ParsePattern(line.Arguments) is not { } pattern)
            return ImapReply.Ok("Nothing matches");
        var matcher = new ListPattern(pattern);
        var names = (await imap.Store.ListFoldersAsync(imap.Stopping)).Where(f => f.Subscribed).Select(f => f.Name).ToHashSet();
        var shown = names.Where(matcher.Matches).ToHashSet();
        var above = pattern.EndsWith('%') ? names.SelectMany(Above).Where(n => matcher.Matches(n) && !shown.Contains(n)).ToHashSet() : [];
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
