namespace AdminPortal.MailServer.Imap;

/// <summary>
/// LIST (RFC 9051, 6.3.9), with children (RFC 3348), special uses (RFC 6154) and status (RFC 5819). One question to the store gives all
/// folders, a second one all the numbers.
/// </summary>
internal static class List
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        var request = ListRequest.Parse(imap, line.Arguments);
        if (request.AsksForSeparator)
        {
            imap.Untagged("LIST (\\Noselect) \"/\" \"\"");
            return ImapReply.Ok("Done");
        }

        var folders = (await imap.Store.ListFoldersAsync(imap.Stopping)).OrderBy(f => f.Name, FolderOrder.Instance).ToList();
        var tree = new FolderLevels(request, folders);
        var chosen = folders.Where(f => request.Matches(f.Name))
            .Where(f => IsSelected(request, f) || tree.HasSubscribedBelow(f.Name)).ToList();
        var status = request.StatusItems is null ? [] : await StatusAsync(imap, chosen);
        foreach (var folder in chosen)
        {
            Write(imap, request, tree, folder);
            if (status.TryGetValue(folder.Name, out var numbers))
                Status.Write(imap, numbers, request.StatusItems!);
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }

        return ImapReply.Ok("Done");
    }

    private static bool IsSelected(ListRequest request, MailFolder folder) =>
        (request.OnlySubscribed ? folder.Subscribed : folder.Exists || folder.IsLevel) && (!request.OnlySpecialUse || folder.Use != SpecialUse.None);

    private static async Task<Dictionary<string, FolderStatus>> StatusAsync(ImapConnection imap, List<MailFolder> chosen) =>
        (await imap.Store.GetStatusAsync([.. chosen.Where(f => f.Exists).Select(f => f.Name)], imap.Stopping)).ToDictionary(s => s.Name);

    private static void Write(ImapConnection imap, ListRequest request, FolderLevels tree, MailFolder folder)
    {
        imap.Output.Write("* LIST ("u8).Write(tree.HasChildren(folder.Name) ? "\\HasChildren" : "\\HasNoChildren");
        if (!folder.Exists)
            imap.Output.Write(folder.IsLevel ? " \\Noselect" : " \\NonExistent");
        if (request.ReturnsSubscribed && folder.Subscribed)
            imap.Output.Write(" \\Subscribed"u8);
        if (folder.Use != SpecialUse.None)
            imap.Output.Write(" "u8).Write(FolderName.Attribute(folder.Use));
        imap.Output.Write(") \"/\" "u8);
        imap.WriteFolder(folder.Name);
        if (tree.HasSubscribedBelow(folder.Name))
            imap.Output.Write(" (\"CHILDINFO\" (\"SUBSCRIBED\"))"u8);
        imap.Output.EndLine();
    }
}

/// <summary>Which levels have something below them, found out once for all folders.</summary>
internal sealed class FolderLevels(ListRequest request, IReadOnlyList<MailFolder> folders)
{
    private readonly HashSet<string> _withChildren = [.. folders.Where(f => f.Exists).SelectMany(f => FolderName.Above(f.Name))];

    private readonly HashSet<string> _withSubscribed = request.Recursive
        ? [.. folders.Where(f => f.Subscribed && !request.Matches(f.Name)).SelectMany(f => FolderName.Above(f.Name))]
        : [];

    public bool HasChildren(string name) => _withChildren.Contains(name);

    /// <summary>RFC 5258, 3.5: below it lies a subscribed folder that this LIST does not show itself.</summary>
    public bool HasSubscribedBelow(string name) => _withSubscribed.Contains(name);
}

/// <summary>INBOX first, then by name.</summary>
internal sealed class FolderOrder : IComparer<string>
{
    public static readonly FolderOrder Instance = new();

    public int Compare(string? x, string? y) =>
        (x == "INBOX").CompareTo(y == "INBOX") is var inbox && inbox != 0 ? -inbox : string.CompareOrdinal(x, y);
}
