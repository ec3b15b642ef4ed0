namespace AdminPortal.MailServer.Imap;

/// <summary>COPY and UID COPY (RFC 9051, 6.4.7), with COPYUID (RFC 4315, 3).</summary>
internal static class Copy
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line) => RunAsync(imap, line, byUid: false);

    public static async Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line, bool byUid)
    {
        var (uids, destination) = Parse(imap, line.Arguments, byUid);
        if (destination is null)
            return ImapReply.TryCreate();
        if (uids.Length == 0)
            return ImapReply.Ok("Nothing to copy");
        return await imap.Selected!.Folder.CopyAsync(uids, destination, imap.Stopping) switch
        {
            CopyOutcome.Copied { Uids.Count: > 0 } copied => ImapReply.Ok("Copied", CopyUid(copied)),
            CopyOutcome.Copied => ImapReply.No("The messages were expunged", "EXPUNGEISSUED"),
            CopyOutcome.OverQuota => ImapReply.OverQuota(),
            CopyOutcome.NotPermitted => ImapReply.NotPermitted(),
            _ => ImapReply.TryCreate(),
        };
    }

    /// <summary>What COPY and MOVE have in common: which messages, and where to.</summary>
    public static (uint[] Uids, string? Destination) Parse(ImapConnection imap, ImapParser arguments, bool byUid)
    {
        arguments.Space();
        var set = arguments.Sequence();
        arguments.Space();
        var destination = FolderName.Parse(imap, arguments);
        arguments.End();
        return ([.. imap.Selected!.Resolve(set, byUid).Select(m => m.Message.Uid)], destination);
    }

    public static string CopyUid(CopyOutcome.Copied copied) =>
        $"COPYUID {copied.UidValidity} {SequenceSet.Format(copied.SourceUids)} {SequenceSet.Format(copied.Uids)}";
}
