using System.Globalization;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// RFC 5321, 4.1.1.2, with SIZE (RFC 1870), BODY (RFC 6152) and AUTH (RFC 4954, 5). The sender has to be the signed-in mailbox's.
/// </summary>
internal static class Mail
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (smtp.Helo is null || smtp.ReversePath is not null)
            smtp.Bad(SubmissionReplies.BadSequence);
        else if (!line.IsClean || SmtpPath.Parse(line.Arguments, "FROM:") is not { } path)
            smtp.Bad(SubmissionReplies.Syntax("MAIL FROM:<address>"));
        else if (Check(path.Parameters, smtp.Connection.Limits.MessageSize) is { } refusal)
            Refuse(smtp, refusal);
        else
            await BeginAsync(smtp, path.Address);
    }

    private static void Refuse(SubmissionConnection smtp, SmtpReply refusal)
    {
        if (refusal == SubmissionReplies.TooLarge(smtp.Connection.Limits.MessageSize))
            smtp.Connection.LimitReached(nameof(smtp.Connection.Limits.MessageSize));
        smtp.Reply(refusal);
    }

    private static async Task BeginAsync(SubmissionConnection smtp, string sender)
    {
        var outcome = await smtp.Connection.Session!.Submission.CheckSenderAsync(sender, smtp.Stopping);
        if (outcome == SenderOutcome.Accepted)
            smtp.ReversePath = sender;
        smtp.Reply(SubmissionReplies.From(outcome));
    }

    private static SmtpReply? Check(IReadOnlyList<string> parameters, long limit)
    {
        foreach (var parameter in parameters)
        {
            var (name, value) = parameter.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? (parameter[..equals].ToUpperInvariant(), parameter[(equals + 1)..])
                : (parameter.ToUpperInvariant(), "");
            if (Check(name, value, limit) is { } refusal)
                return refusal;
        }

        return null;
    }

    private static SmtpReply? Check(string name, string value, long limit) => name switch
    {
        "SIZE" => CheckSize(value, limit),
        "BODY" when value.ToUpperInvariant() is "7BIT" or "8BITMIME" => null,
        "BODY" => SubmissionReplies.Syntax("BODY=7BIT or 8BITMIME"),
        // Who first sent it: of no use to a server that knows the sender by its login.
        "AUTH" => null,
        _ => new SmtpReply(555, "5.5.4", "Unknown parameter"),
    };

    private static SmtpReply? CheckSize(string value, long limit)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            return SubmissionReplies.Syntax("SIZE=number");
        return size > limit ? SubmissionReplies.TooLarge(limit) : null;
    }
}
