namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.3, with the parameters of <see cref="RecipientParameters"/>.</summary>
internal static class Rcpt
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (smtp.Transaction is not { Chunks: null } transaction)
            smtp.Bad(SubmissionReplies.BadSequence);
        else if (!(transaction.Asked.IsUtf8 ? line.IsCleanUtf8 : line.IsClean)
            || SmtpPath.Parse(Qualified(smtp, line.Arguments), "TO:") is not { Address.Length: > 0 } path)
            smtp.Bad(SubmissionReplies.Syntax("RCPT TO:<address>"));
        else if (RecipientParameters.Read(path.Parameters, out var refusal) is not { } asked)
            smtp.Reply(refusal);
        else if (transaction.Recipients.Count >= smtp.Connection.Limits.RecipientsPerMessage)
            smtp.Reply(new SmtpReply(452, "4.5.3", "Too many recipients for one message"));
        else
            await AddAsync(smtp, transaction, new(path.Address, asked.Notify, asked.OriginalAddress));
    }

    private static async Task AddAsync(SubmissionConnection smtp, Transaction transaction, SubmittedRecipient recipient)
    {
        var outcome = await smtp.Connection.Session!.Submission.CheckRecipientAsync(recipient.Address, transaction.Asked.Size, smtp.Stopping);
        if (outcome == RecipientOutcome.Accepted)
            transaction.Add(recipient);
        smtp.Reply(SubmissionReplies.From(outcome));
    }

    /// <summary>RFC 5321, 4.5.1: the postmaster needs no domain.</summary>
    private static string Qualified(SubmissionConnection smtp, string arguments) =>
        arguments.Equals("TO:<postmaster>", StringComparison.OrdinalIgnoreCase)
            ? $"TO:<postmaster@{smtp.Connection.Options.HostName}>"
            : arguments;
}
