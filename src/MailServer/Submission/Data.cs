using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// RFC 5321, 4.1.1.4. 250 means that the store has taken responsibility. Whatever the reply, the transaction is over.
/// </summary>
internal static class Data
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        // RFC 3030, 2 and 3: neither after a chunk nor for a binary message.
        if (smtp.Transaction is not { Chunks: null, Asked.IsBinary: false } transaction)
        {
            smtp.Bad(SubmissionReplies.BadSequence);
            return;
        }

        if (transaction.Recipients.Count == 0)
        {
            smtp.Reply(SubmissionReplies.NoRecipient);
            return;
        }

        smtp.Reply(new SmtpReply(354, "", "End with CR LF . CR LF"));
        await smtp.Output.FlushAsync(smtp.Stopping);
        await using var content = new Spool();
        await content.AppendAsync(Trace.Line(smtp), smtp.Stopping);
        await ReceiveAsync(smtp, transaction, content);
    }

    private static async Task ReceiveAsync(SubmissionConnection smtp, Transaction transaction, Spool content)
    {
        var data = new DataReader(smtp.Connection.Limits.MessageSize);
        while (data.State == DataState.Open)
        {
            if (!await smtp.Connection.Input.ReadSomeAsync(data.Take, smtp.Stopping))
                throw new ClientGoneException();
            smtp.Connection.Touch();
            await content.AppendAsync(data.Drain(), smtp.Stopping);
        }

        await smtp.ResetTransactionAsync();
        switch (data.State)
        {
            case DataState.BareLineEnd:
                await smtp.ShowOutAsync(new SmtpReply(521, "5.5.2", "A lone CR or LF in the message"));
                break;
            case DataState.TooLarge:
                smtp.Reply(SubmissionReplies.TooLarge(smtp.Connection.Limits.MessageSize));
                break;
            case DataState.HasNul:
                smtp.Reply(new SmtpReply(554, "5.6.0", "Messages hold no NUL"));
                break;
            default:
                smtp.Reply(SubmissionReplies.From(
                    await smtp.Connection.Session!.Submission.SubmitAsync(transaction.Message(content.Rewind()), smtp.Stopping)));
                break;
        }
    }
}
