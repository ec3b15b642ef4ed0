namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.10.</summary>
internal static class Quit
{
    public static Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        smtp.Reply(new SmtpReply(221, "2.0.0", "Goodbye"));
        smtp.Finished = true;
        return Task.CompletedTask;
    }
}
