using System.Globalization;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.3.11; SIZE is RFC 8438's, HIGHESTMODSEQ RFC 7162's, MAILBOXID RFC 8474's.</summary>
internal static class Status
{
    private static readonly FolderStatus Nothing = new("", 0, 0, 0, 0, 0, 0, 0, 0, 0, default);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var name = FolderName.Parse(imap, line.Arguments);
        line.Arguments.Space();
        var items = ParseItems(imap, line.Arguments);
        line.Arguments.End();
        if (name is null || await imap.Store.GetStatusAsync([name], imap.Stopping) is not [var status])
            return ImapReply.NoSuchFolder();
        Write(imap, status, items);
        return ImapReply.Ok("Done");
    }

    /// <summary>The items in parentheses, for STATUS and for LIST's RETURN.</summary>
    public static IReadOnlyList<string> ParseItems(ImapConnection imap, ImapParser arguments)
    {
        var items = arguments.List(arguments.Keyword);
        if (items.Contains("HIGHESTMODSEQ"))
            imap.Enable(ImapFeatures.CondStore);
        return items.Count > 0 && items.All(item => Value(item, Nothing, 0) is not null && !(item == "RECENT" && imap.IsRev2))
            ? items
            : throw new ImapSyntaxException("Unknown status item");
    }

    public static void Write(ImapConnection imap, FolderStatus status, IReadOnlyList<string> items) =>
        Begin(imap, status.Name).Write(" ("u8).Write(string.Join(' ', items.Select(item => $"{item} {Value(item, status, imap.Connection.Limits.MessageSize)}")))
            .WriteLine(")");

    private static WireWriter Begin(ImapConnection imap, string name)
    {
        imap.Output.Write("* STATUS "u8);
        return imap.WriteFolder(name);
    }

    private static string? Value(string item, FolderStatus status, long appendLimit) =>
        item == "MAILBOXID" ? $"({status.Id})" : Number(item, status, appendLimit)?.ToString(CultureInfo.InvariantCulture);

    private static long? Number(string item, FolderStatus status, long appendLimit) => item switch
    {
        "MESSAGES" => status.Messages,
        "RECENT" => status.Recent,
        "UIDNEXT" => status.UidNext,
        "UIDVALIDITY" => status.UidValidity,
        "UNSEEN" => status.Unseen,
        "DELETED" => status.Deleted,
        "HIGHESTMODSEQ" => status.HighestModSeq,
        "DELETED-STORAGE" => status.DeletedSize,
        "SIZE" => status.Size,
        "APPENDLIMIT" => appendLimit,
        _ => null,
    };
}
