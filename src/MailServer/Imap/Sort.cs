using System.Buffers;

namespace AdminPortal.MailServer.Imap;

/// <summary>SORT and UID SORT (RFC 5256), with RETURN (RFC 5267, 3).</summary>
internal static class Sort
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        line.Arguments.Space();
        var returns = SearchReturn.Parse(line.Arguments);
        var keys = SortKeys.Parse(line.Arguments);
        line.Arguments.Space();
        if (!Search.TakesCharset(line.Arguments))
            return ImapReply.No("Search in UTF-8", "BADCHARSET (UTF-8)");
        var parser = new SearchParser(line.Arguments, imap);
        var found = await Search.FindAsync(imap, parser, parser.Parse());
        var facts = keys.NeedsHeader ? await FactsAsync(imap, found) : [.. found.Select(SortFacts.Without)];
        facts.Sort(keys);
        Tell(imap, new SearchAnswer(line.Tag, [.. facts.Select(f => f.Message)], byUid, parser.AsksForModSeq), returns);
        return ImapReply.Ok("Sorted");
    }

    /// <summary>Of each message, in one pass over the headers; those that are gone meanwhile are left out.</summary>
    public static async Task<List<SortFacts>> FactsAsync(ImapConnection imap, IReadOnlyList<Numbered> messages)
    {
        var byUid = messages.ToDictionary(m => m.Message.Uid);
        var facts = new List<SortFacts>(messages.Count);
        if (messages.Count == 0)
            return facts;
        await foreach (var content in imap.Selected!.Folder.ReadAsync([.. byUid.Keys], ContentScope.Header, imap.Stopping))
        {
            var length = checked((int)content.Length);
            var octets = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                await content.Content.ReadExactlyAsync(octets.AsMemory(0, length), imap.Stopping);
                facts.Add(SortFacts.Of(byUid[content.Uid], new MessageParts(octets.AsMemory(0, length)).Header));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(octets);
            }
        }

        return facts;
    }

    private static void Tell(ImapConnection imap, SearchAnswer answer, SearchReturn? returns)
    {
        if (returns is null)
        {
            answer.WritePlainly(imap.Output, "SORT");
            return;
        }

        if (returns.Save)
            imap.Selected!.SavedResult = [.. answer.ToSave(returns).Order()];
        answer.Write(imap.Output, returns, inOrder: true);
    }
}
