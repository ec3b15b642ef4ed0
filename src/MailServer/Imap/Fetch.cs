using System.Buffers;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// FETCH and UID FETCH (RFC 9051, 6.4.5). What the snapshot knows is answered from it; contents are read in one pass over the store, the
/// header alone where that is enough, and a whole message is streamed from the store to the wire.
/// </summary>
internal static class Fetch
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        var request = FetchRequest.Parse(imap, line.Arguments, byUid);
        var items = request.Items;
        if (request.Has(FetchKind.ModSeq))
            imap.Enable(ImapFeatures.CondStore);
        if (request.Vanished)
            await TellVanishedAsync(imap, request);
        var messages = imap.Selected!.Resolve(request.Set, byUid);
        if (request.ChangedSince is { } since)
            messages.RemoveAll(m => m.Message.ModSeq <= since);
        if (messages.Count == 0)
            return ImapReply.Ok("Nothing to fetch");
        if (request.Has(FetchKind.EmailId))
            await imap.Selected.LearnContentIdsAsync(messages);
        if (request.Has(FetchKind.EmailId) && messages.RemoveAll(m => imap.Selected.ContentId(m.Message.Uid).Length == 0) > 0 && messages.Count == 0)
            return ImapReply.No("The messages were expunged", "EXPUNGEISSUED");
        var seen = await MarkSeenAsync(imap, items, messages);
        return items.Max(item => item.Scope) is { } scope
            ? await AnswerFromStoreAsync(imap, items, messages, scope, seen)
            : await AnswerFromSnapshotAsync(imap, items, messages);
    }

    /// <summary>Before the messages (RFC 7162, 3.2.6). Here <c>*</c> is the greatest UID there ever was, because it may be gone.</summary>
    private static async Task TellVanishedAsync(ImapConnection imap, FetchRequest request)
    {
        var within = request.Set == SequenceSet.Saved ? NumberSet.Of(imap.Selected!.SavedResult) : request.Set.Upto(imap.Selected!.UidNext - 1);
        Resync.Tell(imap, await imap.Selected.VanishedEarlierAsync(request.ChangedSince!.Value, within));
    }

    /// <summary>One write for all messages; returns the UIDs whose flags changed and have to be told.</summary>
    private static async Task<HashSet<uint>> MarkSeenAsync(ImapConnection imap, IReadOnlyList<FetchItem> items, List<Numbered> messages)
    {
        if (imap.Selected!.ReadOnly || !items.Any(item => item.SetsSeen))
            return [];
        uint[] unseen = [.. messages.Where(m => !m.Message.Flags.HasFlag(MessageFlags.Seen)).Select(m => m.Message.Uid)];
        if (unseen.Length == 0)
            return [];
        var change = new FlagChange(FlagChangeMode.Add, MessageFlags.Seen, []);
        var result = await imap.Selected.Folder.StoreFlagsAsync(unseen, change, unchangedSince: null, imap.Stopping);
        imap.Selected.Update(result.Messages);
        return [.. unseen];
    }

    private static async Task<ImapReply> AnswerFromSnapshotAsync(
        ImapConnection imap, IReadOnlyList<FetchItem> items, List<Numbered> messages)
    {
        foreach (var message in messages)
        {
            var answer = new FetchAnswer(imap, message);
            foreach (var item in items)
                answer.Write(item);
            answer.End();
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }

        return ImapReply.Ok("Fetched");
    }

    private static async Task<ImapReply> AnswerFromStoreAsync(
        ImapConnection imap, IReadOnlyList<FetchItem> items, List<Numbered> messages, ContentScope scope, HashSet<uint> seen)
    {
        var streams = items.Where(item => item.Scope is not null).ToList() is [{ Kind: FetchKind.Section, Section: var only }]
            && only is { Text: SectionText.Whole, Part.Count: 0 };
        var (left, unknown) = (messages.Count, false);
        await foreach (var content in imap.Selected!.Folder.ReadAsync([.. messages.Select(m => m.Message.Uid)], scope, imap.Stopping))
        {
            if (imap.Selected.Find(content.Uid) is not { } message)
                continue;
            left--;
            var tellsSeen = seen.Contains(content.Uid) && !items.Any(item => item.Kind == FetchKind.Flags);
            IReadOnlyList<FetchItem> told = tellsSeen ? [new FetchItem(FetchKind.Flags, "FLAGS"), .. items] : items;
            if (seen.Contains(content.Uid) && imap.TellsModSeq && !items.Any(item => item.Kind == FetchKind.ModSeq))
                told = [.. told, new FetchItem(FetchKind.ModSeq, "MODSEQ")];
            if (streams)
                await new FetchAnswer(imap, message).StreamAsync(told, content);
            else
                unknown |= !await AnswerLoadedAsync(imap, message, told, content);
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }

        if (unknown)
            return ImapReply.No("A part's transfer encoding is unknown", "UNKNOWN-CTE");
        // Expunged by another session, and this client was not told yet (RFC 5530).
        return left == 0 ? ImapReply.Ok("Fetched") : ImapReply.No("Some of the messages were expunged", "EXPUNGEISSUED");
    }

    /// <summary>
    /// Reads first and writes then: a store that fails in between leaves no half answer behind. False, and nothing is written, when a part
    /// cannot be decoded.
    /// </summary>
    private static async Task<bool> AnswerLoadedAsync(
        ImapConnection imap, Numbered message, IReadOnlyList<FetchItem> items, MessageContent content)
    {
        var length = checked((int)content.Length);
        var octets = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            await content.Content.ReadExactlyAsync(octets.AsMemory(0, length), imap.Stopping);
            var parts = new MessageParts(octets.AsMemory(0, length));
            if (items.Any(item => item.Kind is FetchKind.Binary or FetchKind.BinarySize && !parts.TryDecode(item.Section!, out _)))
                return false;
            var answer = new FetchAnswer(imap, message);
            foreach (var item in items)
            {
                answer.Write(item, parts);
                // A client may name a large part hundreds of times: no more than one of them waits to be read.
                await imap.Output.FlushIfLongAsync(imap.Stopping);
            }

            answer.End();
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(octets);
        }
    }
}
