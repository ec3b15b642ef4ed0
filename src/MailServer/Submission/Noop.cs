namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.9.</summary>
internal static class Noop
{
    public static Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        smtp.Reply(new SmtpReply(250, "2.0.0", "Done"));
        return Task.CompletedTask;
    }
}
