namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.3.</summary>
internal static class Rcpt
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (smtp.ReversePath is null)
            smtp.Bad(SubmissionReplies.BadSequence);
        else if (!line.IsClean || SmtpPath.Parse(Qualified(smtp, line.Arguments), "TO:") is not { Address.Length: > 0 } path)
            smtp.Bad(SubmissionReplies.Syntax("RCPT TO:<address>"));
        else if (path.Parameters.Count > 0)
            smtp.Reply(new SmtpReply(555, "5.5.4", "Unknown parameter"));
        else if (smtp.Recipients.Count >= smtp.Connection.Limits.RecipientsPerMessage)
        {
            smtp.Connection.LimitReached(nameof(smtp.Connection.Limits.RecipientsPerMessage));
            smtp.Reply(new SmtpReply(452, "4.5.3", "Too many recipients for one message"));
        }
        else
            await AddAsync(smtp, path.Address);
    }

    private static async Task AddAsync(SubmissionConnection smtp, string recipient)
    {
        var outcome = await smtp.Connection.Session!.Submission.CheckRecipientAsync(recipient, smtp.Stopping);
        if (outcome == RecipientOutcome.Accepted && !smtp.Recipients.Contains(recipient, StringComparer.OrdinalIgnoreCase))
            smtp.Recipients.Add(recipient);
        smtp.Reply(SubmissionReplies.From(outcome));
    }

    /// <summary>RFC 5321, 4.5.1: the postmaster needs no domain.</summary>
    private static string Qualified(SubmissionConnection smtp, string arguments) =>
        arguments.Equals("TO:<postmaster>", StringComparison.OrdinalIgnoreCase)
            ? $"TO:<postmaster@{smtp.Connection.Options.HostName}>"
            : arguments;
}
