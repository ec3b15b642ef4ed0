namespace AdminPortal.MailServer.Imap;

/// <summary>MOVE and UID MOVE (RFC 6851): COPYUID first, then the EXPUNGEs, then the tagged line.</summary>
internal static class Move
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        var (uids, destination) = Copy.Parse(imap, line.Arguments, byUid);
        if (imap.Selected!.ReadOnly)
            return ImapReply.ReadOnly();
        if (!imap.Selected.MayRemove)
            return ImapReply.NotPermitted();
        if (destination is null)
            return ImapReply.TryCreate();
        if (destination == imap.Selected.Name)
            return ImapReply.No("The messages are there already", "CANNOT");
        if (uids.Length == 0)
            return ImapReply.Ok("Nothing to move");
        switch (await imap.Selected.Folder.MoveAsync(uids, destination, imap.Stopping))
        {
            case CopyOutcome.Copied { Uids.Count: > 0 } moved:
                imap.Untagged($"OK [{Copy.CopyUid(moved)}] Moved");
                imap.Selected.TellExpunged(moved.SourceUids);
                return ImapReply.Ok("Moved") with { TellsModSeq = true };
            case CopyOutcome.Copied:
                return ImapReply.No("The messages were expunged", "EXPUNGEISSUED");
            case CopyOutcome.NotPermitted:
                return ImapReply.NotPermitted();
            case CopyOutcome.OverQuota:
                return ImapReply.OverQuota();
            default:
                return ImapReply.TryCreate();
        }
    }
}
