namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 5161. Names that are not known are passed over; so far there is none to be enabled.</summary>
internal static class Enable
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        do
        {
            line.Arguments.Space();
            line.Arguments.Atom();
        }
        while (!line.Arguments.AtEnd);
        imap.Untagged("ENABLED");
        return Task.FromResult(ImapReply.Ok("Done"));
    }
}
