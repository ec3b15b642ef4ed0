namespace AdminPortal.MailServer.Imap;

/// <summary>Brings a client up to date that was here before (RFC 7162, 3.2.5): what is gone of what it knew, and what changed since.</summary>
internal static class Resync
{
    public static async Task TellAsync(ImapConnection imap, SelectedFolder folder, KnownState known)
    {
        // Another UIDVALIDITY is another folder: nothing of what the client knows is true of it.
        if (known.UidValidity != folder.UidValidity || known.ModSeq >= folder.ModSeq)
            return;
        var same = known.SameUpto(folder.Messages);
        var vanished = await folder.VanishedEarlierAsync(known.ModSeq, known.Uids);
        Tell(imap, vanished.Above(same));
        foreach (var (index, message) in folder.Messages.Index())
            if (message.ModSeq > known.ModSeq && known.Uids?.Contains(message.Uid) is not false)
            {
                folder.TellFlags(new Numbered(index + 1, message), withUid: true);
                await imap.Output.FlushIfLongAsync(imap.Stopping);
            }
    }

    /// <summary>EARLIER: they shift no numbers, being of a time before this SELECT or FETCH.</summary>
    public static void Tell(ImapConnection imap, NumberSet vanished)
    {
        if (!vanished.IsEmpty)
            imap.Untagged($"VANISHED (EARLIER) {vanished}");
    }
}
