namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.4.1: expunges without a word, then leaves the folder.</summary>
internal static class Close
{
    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        var folder = imap.Selected!;
        var expunged = folder.ReadOnly || !folder.MayRemove ? [] : await folder.Folder.ExpungeAsync(uids: null, imap.Stopping);
        var code = expunged.Count > 0 && imap.TellsVanished ? await ModSeqAsync(imap, folder, expunged) : null;
        await imap.UnselectAsync();
        return ImapReply.Ok("Folder closed", code);
    }

    /// <summary>
    /// RFC 7162, 3.2.8: how far the client is now, if nothing else happened than what it expunged itself; otherwise how far it was.
    /// </summary>
    private static async Task<string?> ModSeqAsync(ImapConnection imap, SelectedFolder folder, IReadOnlyList<uint> expunged)
    {
        if (await folder.Folder.GetChangesAsync(folder.ModSeq, imap.Stopping) is not { } changes)
            return null;
        var own = changes.Messages.Count == 0 && changes.UidNext == folder.UidNext && folder.HasNothingToTell
            && changes.Vanished.SequenceEqual(UidRange.Of(expunged));
        return $"HIGHESTMODSEQ {(own ? changes.HighestModSeq : folder.ModSeq)}";
    }
}
