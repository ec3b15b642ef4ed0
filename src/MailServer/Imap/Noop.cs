namespace AdminPortal.MailServer.Imap;

/// <summary>
/// NOOP (RFC 9051, 6.1.2) and CHECK (RFC 3501, 6.4.1): nothing to do but to tell what is new, and every write is durable already.
/// </summary>
internal static class Noop
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        return Task.FromResult(ImapReply.Ok("Done"));
    }
}
