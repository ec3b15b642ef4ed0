namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 9051, 6.2.1. What was sent behind the command came in the clear and could be anybody's: if there is any, the answer is BAD and the
/// connection ends before a handshake could lend it credit.
/// </summary>
internal static class StartTls
{
    public static Task<ImapReply> RunAsync(ImapConnection imap, ImapCommandLine line)
    {
        line.Arguments.End();
        return Task.FromResult(Decide(imap));
    }

    /// <summary>The handshake comes after the OK; nothing was learnt before it that would have to be forgotten.</summary>
    public static Task AfterAsync(ImapConnection imap, ImapReply reply) =>
        reply.Status == "OK" ? imap.Connection.StartTlsAsync(ImapHandler.AlpnName) : Task.CompletedTask;

    private static ImapReply Decide(ImapConnection imap)
    {
        if (imap.Connection.IsSecure)
            return ImapReply.Bad("TLS is already there");
        if (imap.Connection.Input.HasBuffered())
        {
            imap.Finished = true;
            return ImapReply.Bad("Nothing may follow STARTTLS before the handshake");
        }

        return imap.Connection.CanStartTls ? ImapReply.Ok("Begin TLS") : ImapReply.Unavailable("TLS is not available now");
    }
}
