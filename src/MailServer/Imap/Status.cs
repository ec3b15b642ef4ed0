namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.3.11; SIZE is RFC 8438's.</summary>
internal static class Status
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(line.Arguments);
        line.Arguments.Space();
        var items = line.Arguments.List(line.Arguments.Keyword);
        line.Arguments.End();
        if (items.Count == 0 || items.Any(item => Value(item, Nothing, 0) is null))
            return ImapReply.Bad("Unknown status item");
        if (name is null || await imap.Store.GetStatusAsync([name], imap.Stopping) is not [var status])
            return ImapReply.NoSuchFolder();
        imap.Output.Write("* STATUS "u8).WriteFolder(name).Write(" ("u8)
            .Write(string.Join(' ', items.Select(item => $"{item} {Value(item, status, imap.Connection.Limits.MessageSize)}"))).WriteLine(")");
        return ImapReply.Ok("Done");
    }

    private static readonly FolderStatus Nothing = new("", 0, 0, 0, 0, 0, 0, 0, 0);

    private static long? Value(string item, FolderStatus status, long appendLimit) => item switch
    {
        "MESSAGES" => status.Messages,
        "RECENT" => status.Recent,
        "UIDNEXT" => status.UidNext,
        "UIDVALIDITY" => status.UidValidity,
        "UNSEEN" => status.Unseen,
        "DELETED" => status.Deleted,
        "SIZE" => status.Size,
        "APPENDLIMIT" => appendLimit,
        _ => null,
    };
}
