namespace AdminPortal.MailServer.Imap;

/// <summary>LIST of RFC 3501, 6.3.8, with the attributes of RFC 3348 and RFC 6154.</summary>
internal static class List
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        if (ParsePattern(line.Arguments) is not { } pattern)
            return ImapReply.Ok("Nothing matches");
        if (pattern.Length == 0)
        {
            // An empty pattern asks for the separator (RFC 9051, 6.3.9).
            imap.Untagged("LIST (\\Noselect) \"/\" \"\"");
            return ImapReply.Ok("Done");
        }

        var folders = (await imap.Store.ListFoldersAsync(imap.Stopping)).Where(f => f.Exists).OrderBy(f => f.Name, FolderOrder.Instance).ToList();
        var matcher = new ListPattern(pattern);
        foreach (var folder in folders.Where(f => matcher.Matches(f.Name)))
            Write(imap, folder, hasChildren: folders.Any(f => f.Name.StartsWith(folder.Name + FolderName.Separator, StringComparison.Ordinal)));
        return ImapReply.Ok("Done");
    }

    /// <summary>Reference and pattern put together; null when they cannot match any name. INBOX matches in any case.</summary>
    public static string? ParsePattern(ImapParser arguments)
    {
        arguments.Space();
        var reference = ModifiedUtf7.Decode(arguments.AString());
        arguments.Space();
        var pattern = ModifiedUtf7.Decode(arguments.Pattern());
        arguments.End();
        if (reference is null || pattern is null || reference.Length + pattern.Length > 512)
            return null;
        if (pattern.Length == 0)
            return "";
        var whole = reference + pattern;
        return whole.StartsWith("inbox", StringComparison.OrdinalIgnoreCase) && (whole.Length == 5 || whole[5] is '/' or '*' or '%')
            ? "INBOX" + whole[5..]
            : whole;
    }

    private static void Write(ImapConnection imap, MailFolder folder, bool hasChildren)
    {
        imap.Output.Write("* LIST ("u8).Write(hasChildren ? "\\HasChildren" : "\\HasNoChildren");
        if (folder.Use != SpecialUse.None)
            imap.Output.Write(" "u8).Write(FolderName.Attribute(folder.Use));
        imap.Output.Write(") \"/\" "u8).WriteFolder(folder.Name).EndLine();
    }
}

/// <summary>INBOX first, then by name.</summary>
internal sealed class FolderOrder : IComparer<string>
{
    public static readonly FolderOrder Instance = new();

    public int Compare(string? x, string? y) =>
        (x == "INBOX").CompareTo(y == "INBOX") is var inbox && inbox != 0 ? -inbox : string.CompareOrdinal(x, y);
}
