namespace AdminPortal.MailServer.Imap;

/// <summary>EXPUNGE (RFC 9051, 6.4.3) and UID EXPUNGE (RFC 4315, 2.1).</summary>
internal static class Expunge
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        return ExpungeAsync(imap, uids: null);
    }

    public static Task<ImapReply> RunUidAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        var set = line.Arguments.Sequence();
        line.Arguments.End();
        return ExpungeAsync(imap, [.. imap.Selected!.Resolve(set, byUid: true).Select(m => m.Message.Uid)]);
    }

    private static async Task<ImapReply> ExpungeAsync(ImapConnection imap, uint[]? uids)
    {
        if (imap.Selected!.ReadOnly)
            return ImapReply.ReadOnly();
        if (!imap.Selected.MayRemove)
            return ImapReply.NotPermitted();
        var expunged = await imap.Selected.Folder.ExpungeAsync(uids, imap.Stopping);
        imap.Selected.TellExpunged(expunged);
        return ImapReply.Ok("Expunged") with { TellsModSeq = expunged.Count > 0 };
    }
}
