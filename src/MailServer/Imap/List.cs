namespace AdminPortal.MailServer.Imap;

/// <summary>
/// LIST (RFC 9051, 6.3.9), with children (RFC 3348), special uses (RFC 6154) and status (RFC 5819). One question to the store gives all
/// folders, a second one all the numbers.
/// </summary>
internal static class List
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var request = ListRequest.Parse(line.Arguments);
        if (request.AsksForSeparator)
        {
            imap.Untagged("LIST (\\Noselect) \"/\" \"\"");
            return ImapReply.Ok("Done");
        }

        var folders = (await imap.Store.ListFoldersAsync(imap.Stopping)).OrderBy(f => f.Name, FolderOrder.Instance).ToList();
        var chosen = folders.Where(f => request.Matches(f.Name))
            .Where(f => IsSelected(request, f) || HasSubscribedBelow(request, folders, f)).ToList();
        var status = request.StatusItems is null ? [] : await StatusAsync(imap, chosen);
        foreach (var folder in chosen)
        {
            Write(imap, request, folders, folder);
            if (status.TryGetValue(folder.Name, out var numbers))
                Status.Write(imap, numbers, request.StatusItems!);
        }

        return ImapReply.Ok("Done");
    }

    private static bool IsSelected(ListRequest request, MailFolder folder) =>
        (request.OnlySubscribed ? folder.Subscribed : folder.Exists) && (!request.OnlySpecialUse || folder.Use != SpecialUse.None);

    /// <summary>RFC 5258, 3.5: below it lies a subscribed folder that this LIST does not show itself.</summary>
    private static bool HasSubscribedBelow(ListRequest request, List<MailFolder> folders, MailFolder folder) =>
        request.Recursive && folders.Any(f => f.Subscribed && IsBelow(f, folder) && !request.Matches(f.Name));

    private static bool IsBelow(MailFolder folder, MailFolder above) =>
        folder.Name.StartsWith(above.Name + FolderName.Separator, StringComparison.Ordinal);

    private static async Task<Dictionary<string, FolderStatus>> StatusAsync(ImapConnection imap, List<MailFolder> chosen) =>
        (await imap.Store.GetStatusAsync([.. chosen.Where(f => f.Exists).Select(f => f.Name)], imap.Stopping)).ToDictionary(s => s.Name);

    private static void Write(ImapConnection imap, ListRequest request, List<MailFolder> folders, MailFolder folder)
    {
        var hasChildren = folders.Any(f => f.Exists && IsBelow(f, folder));
        imap.Output.Write("* LIST ("u8).Write(hasChildren ? "\\HasChildren" : "\\HasNoChildren");
        if (!folder.Exists)
            imap.Output.Write(" \\NonExistent"u8);
        if (request.ReturnsSubscribed && folder.Subscribed)
            imap.Output.Write(" \\Subscribed"u8);
        if (folder.Use != SpecialUse.None)
            imap.Output.Write(" "u8).Write(FolderName.Attribute(folder.Use));
        imap.Output.Write(") \"/\" "u8).WriteFolder(folder.Name);
        if (HasSubscribedBelow(request, folders, folder))
            imap.Output.Write(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"u8);
        imap.Output.EndLine();
    }
}

/// <summary>INBOX first, then by name.</summary>
internal sealed class FolderOrder : IComparer<string>
{
    public static readonly FolderOrder Instance = new();

    public int Compare(string? x, string? y) =>
        (x == "INBOX").CompareTo(y == "INBOX") is var inbox && inbox != 0 ? -inbox : string.CompareOrdinal(x, y);
}
