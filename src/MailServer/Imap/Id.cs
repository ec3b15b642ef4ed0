namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 2971. The client's own words are read for their grammar and not kept.</summary>
internal static class Id
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.Space();
        if (!line.Arguments.TryTakeWord("NIL"))
            line.Arguments.List(line.Arguments.NString);
        line.Arguments.End();
        imap.Untagged("ID (\"name\" \"AdminPortal\")");
        return Task.FromResult(ImapReply.Ok("Nice to meet you"));
    }
}
