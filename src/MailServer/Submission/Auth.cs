using System.Text;
using AdminPortal.MailServer.Sasl;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 4954: after EHLO, once, not within a transaction.</summary>
internal static class Auth
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        var words = line.Arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (!smtp.Connection.IsSecure)
            smtp.Reply(SubmissionReplies.Refusal(new AuthenticationResult.TlsRequired()));
        else if (smtp.Helo is null || smtp.Connection.Session is not null)
            smtp.Bad(SubmissionReplies.BadSequence);
        else if (words.Length is not (1 or 2))
            smtp.Bad(SubmissionReplies.Syntax("AUTH mechanism [initial-response]"));
        else if (smtp.SignIn.Find(words[0]) is { } mechanism)
            await ExchangeAsync(smtp, mechanism, words.Length == 2 ? Encoding.ASCII.GetBytes(words[1]) : null);
        else
            smtp.Bad(new SmtpReply(504, "5.5.4", "Unknown mechanism"));
    }

    private static async Task ExchangeAsync(SubmissionConnection smtp, ISaslMechanism mechanism, byte[]? initial)
    {
        var outcome = await SaslDialogue.RunAsync(
            smtp.Connection, smtp.SignIn, mechanism, initial, "334 ", smtp.Connection.Limits.SmtpIdleTimeout);
        switch (outcome)
        {
            case SaslOutcome.Decided { Result: var result }:
                Answer(smtp, result);
                break;
            case SaslOutcome.Cancelled:
                smtp.Reply(new SmtpReply(501, "5.7.0", "Cancelled"));
                break;
            case SaslOutcome.Malformed:
                smtp.Bad(new SmtpReply(501, "5.5.2", "Malformed response"));
                break;
            case SaslOutcome.Broken { End: LineEnd.TooLong }:
                await smtp.ShowOutAsync(new SmtpReply(500, "5.5.6", "The response is too long"));
                break;
            default:
                smtp.Finished = true;
                break;
        }
    }

    private static void Answer(SubmissionConnection smtp, AuthenticationResult result)
    {
        if (result is AuthenticationResult.Succeeded or AuthenticationResult.SignedInElsewhere)
        {
            smtp.Reply(new SmtpReply(235, "2.7.0", "Signed in"));
            return;
        }

        smtp.Reply(SubmissionReplies.Refusal(result));
        if (smtp.Connection.FailedSignIns < smtp.Connection.Limits.SignInAttempts)
            return;
        smtp.Reply(new SmtpReply(421, "4.7.0", "Too many failed sign-ins"));
        smtp.Finished = true;
    }
}
