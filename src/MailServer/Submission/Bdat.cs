using System.Buffers;
using System.Globalization;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// RFC 3030: the message in counted chunks, the last of them marked. The octets of a chunk are taken whatever the answer, or they would be
/// read as commands; a chunk that is larger than any message may be is not worth that, so the connection ends instead.
/// </summary>
internal static class Bdat
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        var words = line.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var isLast = words.Length == 2 && words[1].Equals("LAST", StringComparison.OrdinalIgnoreCase);
        if (words.Length is 0 or > 2 || (words.Length == 2 && !isLast)
            || !long.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            // How much to skip is not known, so what follows cannot be understood.
            await smtp.ShowOutAsync(SubmissionReplies.Syntax("BDAT size, or BDAT size LAST"));
        else if (size > smtp.Connection.Limits.MessageSize)
            await smtp.ShowOutAsync(SubmissionReplies.TooLarge(smtp.Connection.Limits.MessageSize));
        else
            await TakeAsync(smtp, size, isLast);
    }

    private static async Task TakeAsync(SubmissionConnection smtp, long size, bool isLast)
    {
        var transaction = smtp.Transaction;
        var isWanted = transaction is { Recipients.Count: > 0 } && (transaction.Chunks?.Length ?? 0) + size <= smtp.Connection.Limits.MessageSize;
        await smtp.Output.FlushAsync(smtp.Stopping);
        await ReadAsync(smtp, size, isWanted ? await ChunksOfAsync(smtp, transaction!) : null);

        if (transaction is null)
        {
            smtp.Bad(SubmissionReplies.BadSequence);
        }
        else if (!isWanted)
        {
            // RFC 3030, 2: after a refused chunk the transaction is over.
            await smtp.ResetTransactionAsync();
            smtp.Reply(transaction.Recipients.Count == 0 ? SubmissionReplies.NoRecipient : SubmissionReplies.TooLarge(smtp.Connection.Limits.MessageSize));
        }
        else if (isLast)
        {
            await SubmitAsync(smtp, transaction);
        }
        else
        {
            smtp.Reply(new SmtpReply(250, "2.0.0", $"{size} octets received"));
        }
    }

    private static async ValueTask<Spool> ChunksOfAsync(SubmissionConnection smtp, Transaction transaction)
    {
        if (transaction.Chunks is { } begun)
            return begun;
        var chunks = transaction.Chunks = new Spool();
        await chunks.AppendAsync(Trace.Line(smtp), smtp.Stopping);
        return chunks;
    }

    /// <param name="smtp">Where the octets come from.</param>
    /// <param name="size">How many.</param>
    /// <param name="chunks">Where they go; null: nowhere.</param>
    private static async Task ReadAsync(SubmissionConnection smtp, long size, Spool? chunks)
    {
        for (var missing = size; missing > 0;)
        {
            byte[] some = [];
            if (!await smtp.Connection.Input.ReadSomeAsync(Take, smtp.Stopping))
                throw new ClientGoneException();
            smtp.Connection.Touch();
            missing -= some.Length;
            if (chunks is not null)
                await chunks.AppendAsync(some, smtp.Stopping);

            long Take(ReadOnlySequence<byte> octets) => (some = octets.Slice(0, Math.Min(octets.Length, missing)).ToArray()).Length;
        }
    }

    private static async Task SubmitAsync(SubmissionConnection smtp, Transaction transaction)
    {
        var content = transaction.Chunks!.Rewind();
        try
        {
            var readable = await BinaryContent.IsTextAsync(content, smtp.Stopping) ? content
                : transaction.Asked.IsBinary ? await BinaryContent.ToTextAsync(content, smtp.Stopping) : null;
            if (readable is null)
                smtp.Reply(new SmtpReply(554, "5.6.0", "A NUL or a lone CR or LF in a message that is not declared BINARYMIME"));
            else
                smtp.Reply(SubmissionReplies.From(await smtp.Connection.Session!.Submission.SubmitAsync(transaction.Message(readable), smtp.Stopping)));
        }
        finally
        {
            await smtp.ResetTransactionAsync();
        }
    }
}
