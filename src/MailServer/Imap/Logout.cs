namespace AdminPortal.MailServer.Imap;

/// <summary>RFC 9051, 6.1.3.</summary>
internal static class Logout
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        imap.Untagged("BYE Goodbye");
        imap.Finished = true;
        return Task.FromResult(ImapReply.Ok("Signed off"));
    }
}
