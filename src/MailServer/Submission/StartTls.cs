namespace AdminPortal.MailServer.Submission;

/// <summary>
/// RFC 3207. What was sent behind the command came in the clear and could be anybody's: if there is any, the answer is no and the
/// connection ends before a handshake could lend it credit. What was learnt before is forgotten.
/// </summary>
internal static class StartTls
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (line.Arguments.Length > 0)
        {
            smtp.Bad(SubmissionReplies.Syntax("STARTTLS has no arguments"));
        }
        else if (smtp.Connection.IsSecure)
        {
            smtp.Bad(SubmissionReplies.BadSequence);
        }
        else if (smtp.Connection.Input.HasBuffered())
        {
            smtp.Reply(new SmtpReply(503, "5.5.1", "Nothing may follow STARTTLS before the handshake"));
            smtp.Finished = true;
        }
        else if (!smtp.Connection.CanStartTls)
        {
            smtp.Reply(new SmtpReply(454, "4.7.0", "TLS is not available now"));
        }
        else
        {
            smtp.Reply(new SmtpReply(220, "2.0.0", "Begin TLS"));
            smtp.Helo = null;
            await smtp.ResetTransactionAsync();
            await smtp.Connection.StartTlsAsync(alpn: null);
        }
    }
}
