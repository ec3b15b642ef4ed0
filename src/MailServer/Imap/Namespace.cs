namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 2342: one personal namespace without prefix, no others.</summary>
internal static class Namespace
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        imap.Untagged("NAMESPACE ((\"\" \"/\")) NIL NIL");
        return Task.FromResult(ImapReply.Ok("Done"));
    }
}
