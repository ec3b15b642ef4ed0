namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 2342: one personal namespace without prefix, nothing of other people's, and the folders that all share.</summary>
internal static class Namespace
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        imap.Untagged($"NAMESPACE ((\"\" \"/\")) NIL ((\"{SharedFolders.Prefix}\" \"/\"))");
        return Task.FromResult(ImapReply.Ok("Done"));
    }
}
