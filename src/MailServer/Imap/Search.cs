using System.Buffers;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// SEARCH and UID SEARCH (RFC 9051, 6.4.4; RFC 4731 and 5182 for RETURN; RFC 3501 for the answer without it).
/// </summary>
internal static class Search
{
    /// <summary>So often a long search looks whether its client is still there.</summary>
    private const int Slice = 1_024;

    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        line.Arguments.Space();
        var returns = SearchReturn.Parse(line.Arguments);
        if (line.Arguments.TryTakeWord("CHARSET") && !TakesNamedCharset(imap, line.Arguments))
        {
            // RFC 5182, 2.1: a SAVE that ends with NO leaves nothing saved.
            if (returns is { Save: true })
                imap.Selected!.SavedResult = [];
            return ImapReply.No("Search in UTF-8", "BADCHARSET (UTF-8)");
        }

        var parser = new SearchParser(line.Arguments, imap);
        var key = parser.Parse();
        if (returns is { Save: true })
            imap.Selected!.SavedResult = [];
        var answer = new SearchAnswer(line.Tag, await FindAsync(imap, parser, key), byUid, parser.AsksForModSeq);
        if (returns is { Save: true })
            imap.Selected!.SavedResult = answer.ToSave(returns);
        if (returns is null && !imap.IsRev2)
            answer.WritePlainly(imap.Output, "SEARCH");
        else
            answer.Write(imap.Output, returns ?? SearchReturn.All);
        return ImapReply.Ok("Searched");
    }

    private static bool TakesNamedCharset(ImapConnection imap, ImapParser arguments)
    {
        if (imap.Enabled.HasFlag(ImapFeatures.Utf8Accept))
            throw new ImapSyntaxException("After ENABLE UTF8=ACCEPT a search names no charset");
        arguments.Space();
        return TakesCharset(arguments);
    }

    /// <summary>What the keys want to know that neither snapshot nor content says.</summary>
    private static async Task LearnAsync(ImapConnection imap, SearchParser parser)
    {
        if (parser.AsksForModSeq)
            imap.Enable(ImapFeatures.CondStore);
        if (parser.NeedsContentIds)
            await imap.Selected!.LearnContentIdsAsync(imap.Selected.Messages.Select((message, index) => new Numbered(index + 1, message)));
    }

    /// <summary>And the space behind it.</summary>
    public static bool TakesCharset(ImapParser arguments)
    {
        var charset = System.Text.Encoding.ASCII.GetString(arguments.AString()).ToUpperInvariant();
        arguments.Space();
        return charset is "UTF-8" or "US-ASCII";
    }

    public static async Task<List<Numbered>> FindAsync(ImapConnection imap, SearchParser parser, SearchKey key)
    {
        await LearnAsync(imap, parser);
        var (found, open) = (new List<Numbered>(), new List<Numbered>());
        foreach (var (index, message) in imap.Selected!.Messages.Index())
        {
            if (index % Slice == 0)
                imap.Stopping.ThrowIfCancellationRequested();
            var numbered = new Numbered(index + 1, message);
            var match = key.Ask(numbered, content: null);
            if (match != Match.No)
                (match == Match.Yes ? found : open).Add(numbered);
        }

        if (open.Count > 0)
            found.AddRange(key.AsksFactsAlone ? await AskFactsAsync(imap, key, open) : await ReadAsync(imap, key, open));
        return [.. found.OrderBy(m => m.Number)];
    }

    /// <summary>Only what was never searched before is read.</summary>
    private static async Task<List<Numbered>> AskFactsAsync(ImapConnection imap, SearchKey key, List<Numbered> open)
    {
        var facts = new HeaderFacts?[open.Count];
        imap.Headers.Find(imap.Selected!, open, facts);
        var (found, unknown) = (new List<Numbered>(), new List<Numbered>());
        for (var index = 0; index < open.Count; index++)
            if (facts[index] is not { } known)
                unknown.Add(open[index]);
            else if (key.Ask(open[index], new SearchText(known)) == Match.Yes)
                found.Add(open[index]);
        if (unknown.Count > 0)
            found.AddRange(await ReadAsync(imap, key, unknown));
        return found;
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
            var text = new SearchText(octets.AsMemory(0, length));
            if (key.AsksFactsAlone)
                imap.Headers.Keep(imap.Selected!, message.Message.Uid, text.Facts);
            return key.Ask(message, text) == Match.Yes;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
