namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.2, with the parameters of <see cref="MailParameters"/>. The sender has to be the signed-in mailbox's.</summary>
internal static class Mail
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        var refusal = SubmissionReplies.Syntax("MAIL FROM:<address>");
        if (smtp.Helo is null || smtp.Transaction is not null)
            smtp.Bad(SubmissionReplies.BadSequence);
        else if (!line.IsCleanUtf8 || SmtpPath.Parse(line.Arguments, "FROM:") is not { } path)
            smtp.Bad(refusal);
        else if (MailParameters.Read(path.Parameters, smtp.Connection.Limits.MessageSize, out var wrong) is not { } asked)
            smtp.Reply(wrong);
        else if (!line.IsClean && !asked.IsUtf8)
            smtp.Bad(refusal);
        else
            await BeginAsync(smtp, path.Address, asked);
    }

    private static async Task BeginAsync(SubmissionConnection smtp, string sender, MailParameters asked)
    {
        var outcome = await smtp.Connection.Session!.Submission.CheckSenderAsync(sender, smtp.Stopping);
        if (outcome == SenderOutcome.Accepted)
            smtp.Transaction = new Transaction(sender, asked);
        smtp.Reply(SubmissionReplies.From(outcome));
    }
}
