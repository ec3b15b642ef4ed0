namespace AdminPortal.MailServer.Imap;

/// <summary>STORE and UID STORE (RFC 9051, 6.4.6), with UNCHANGEDSINCE (RFC 7162, 3.1.3).</summary>
internal static class Store
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        var request = StoreRequest.Parse(line.Arguments);
        if (request.UnchangedSince is not null)
            imap.Enable(ImapFeatures.CondStore);
        var messages = imap.Selected!.Resolve(request.Set, byUid);
        if (imap.Selected.ReadOnly)
            return ImapReply.ReadOnly();
        if (messages.Count == 0)
            return ImapReply.Ok("Nothing to change");
        var change = imap.Selected.MayRemove ? request.Change : request.Change with { Flags = request.Change.Flags & ~MessageFlags.Deleted };
        var result = await imap.Selected.Folder.StoreFlagsAsync(
            [.. messages.Select(m => m.Message.Uid)], change, request.UnchangedSince, imap.Stopping);
        var surprising = request.Silent ? Surprising(request.Change, messages, result) : [];
        imap.Selected.Update(result.Messages);
        await TellAsync(imap, result.Messages, byUid || imap.TellsVanished, uid => !request.Silent || surprising.Contains(uid));
        return result.Modified.Count == 0 ? ImapReply.Ok("Stored")
            : ImapReply.Ok("Some had changed and were left alone", $"MODIFIED {Modified(imap, result.Modified, byUid)}");
    }

    /// <summary>
    /// Messages whose flags are not what the client, which asked not to be told, must take them to be: others changed them meanwhile.
    /// </summary>
    private static HashSet<uint> Surprising(FlagChange change, List<Numbered> messages, StoreFlagsResult result)
    {
        var now = result.Messages.ToDictionary(m => m.Uid);
        return [.. messages.Select(m => m.Message).Where(m => now.TryGetValue(m.Uid, out var found) && !IsExpected(m, found)).Select(m => m.Uid)];

        bool IsExpected(MessageSummary before, MessageSummary after)
        {
            var (flags, keywords) = change.Apply(before.Flags, before.Keywords);
            return flags == after.Flags && after.Keywords.ToHashSet(StringComparer.OrdinalIgnoreCase).SetEquals(keywords);
        }
    }

    private static async Task TellAsync(
        ImapConnection imap, IReadOnlyList<MessageSummary> messages, bool withUid, Func<uint, bool> tellsFlags)
    {
        foreach (var message in messages)
        {
            if (imap.Selected!.Find(message.Uid) is not { } told)
                continue;
            if (tellsFlags(message.Uid))
                imap.Selected.TellFlags(told, withUid);
            else if (imap.TellsModSeq)
                imap.Selected.TellModSeq(told, withUid);
            await imap.Output.FlushIfLongAsync(imap.Stopping);
        }
    }

    private static NumberSet Modified(ImapConnection imap, IReadOnlyList<uint> uids, bool byUid) => NumberSet.Of(
        byUid ? uids : uids.Select(imap.Selected!.Find).OfType<Numbered>().Select(m => (uint)m.Number));
}
