namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 3.5.3: says nothing about who exists.</summary>
internal static class Vrfy
{
    public static Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        smtp.Reply(new SmtpReply(252, "2.1.5", "Send to it and see"));
        return Task.CompletedTask;
    }
}
