namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.4.9: the same commands with UIDs in place of message numbers.</summary>
internal static class Uid
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        return line.Arguments.Keyword() switch
        {
            "FETCH" => Fetch.RunAsync(imap, line, byUid: true),
            "STORE" => Store.RunAsync(imap, line, byUid: true),
            "SEARCH" => Search.RunAsync(imap, line, byUid: true),
            "SORT" => Sort.RunAsync(imap, line, byUid: true),
            "THREAD" => ThreadMessages.RunAsync(imap, line, byUid: true),
            "COPY" => Copy.RunAsync(imap, line, byUid: true),
            "MOVE" => Move.RunAsync(imap, line, byUid: true),
            "EXPUNGE" => Expunge.RunUidAsync(imap, line),
            _ => Task.FromResult(ImapReply.Bad("Unknown UID command")),
        };
    }
}
