using System.Buffers;

namespace AdminPortal.MailServer.Imap;

/// <summary>SEARCH and UID SEARCH (RFC 3501, 6.4.4).</summary>
internal static class Search
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        line.Arguments.Space();
        if (line.Arguments.TryTakeWord("CHARSET") && !TakesCharset(line.Arguments))
            return ImapReply.No("Search in UTF-8", "BADCHARSET (UTF-8)");
        var folder = imap.Selected!;
        var key = new SearchParser(line.Arguments, folder).Parse();
        var answers = folder.Messages.Select((message, index) => new Numbered(index + 1, message)).ToLookup(m => key.Ask(m, content: null));
        var found = answers[Match.Yes].ToList();
        if (answers[Match.Unknown].ToList() is { Count: > 0 } open)
            found.AddRange(await ReadAsync(imap, key, open));
        imap.Output.Write("* SEARCH"u8);
        foreach (var message in found.OrderBy(m => m.Number))
            imap.Output.Write(" "u8).Write(byUid ? message.Message.Uid : message.Number);
        imap.Output.EndLine();
        return ImapReply.Ok("Searched");
    }

    private static bool TakesCharset(ImapParser arguments)
    {
        arguments.Space();
        var charset = System.Text.Encoding.ASCII.GetString(arguments.AString()).ToUpperInvariant();
        arguments.Space();
        return charset is "UTF-8" or "US-ASCII";
    }

    private static async Task<List<Numbered>> ReadAsync(ImapConnection imap, SearchKey key, List<Numbered> open)
    {
        var found = new List<Numbered>();
        var byUid = open.ToDictionary(m => m.Message.Uid);
        await foreach (var content in imap.Selected!.Folder.ReadAsync([.. byUid.Keys], key.Scope ?? ContentScope.Whole, imap.Stopping))
            if (byUid.TryGetValue(content.Uid, out var message) && await HoldsAsync(imap, key, message, content))
                found.Add(message);
        return found;
    }

    private static async Task<bool> HoldsAsync(ImapConnection imap, SearchKey key, Numbered message, MessageContent content)
    {
        var length = checked((int)content.Length);
        var octets = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await content.Content.ReadExactlyAsync(octets.AsMemory(0, length), imap.Stopping);
            return key.Ask(message, new SearchText(octets.AsMemory(0, length))) == Match.Yes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
