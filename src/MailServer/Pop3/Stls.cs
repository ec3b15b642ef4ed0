namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// RFC 2595, 4. What was sent behind the command came in the clear and could be anybody's: if there is any, the answer is no and the
/// connection ends before a handshake could lend it credit. What was learnt before is forgotten.
/// </summary>
internal static class Stls
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (pop3.Connection.IsSecure)
        {
            pop3.Bad("TLS is already there");
        }
        else if (pop3.Connection.Input.HasBuffered())
        {
            pop3.Error("Nothing may follow STLS before the handshake");
            pop3.Finished = true;
        }
        else if (!pop3.Connection.CanStartTls)
        {
            pop3.Error("[SYS/TEMP] TLS is not available now");
        }
        else
        {
            pop3.Ok("Begin TLS");
            pop3.User = null;
            (pop3.IsUtf8, pop3.Words) = (false, Words.Languages[0]);
            await pop3.Connection.StartTlsAsync(Pop3Handler.AlpnName);
        }
    }
}
