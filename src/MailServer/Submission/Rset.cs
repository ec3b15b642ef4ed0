namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.5.</summary>
internal static class Rset
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        await smtp.ResetTransactionAsync();
        smtp.Reply(new SmtpReply(250, "2.0.0", "Forgotten"));
    }
}
