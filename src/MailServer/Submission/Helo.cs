namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.1: the old greeting, without extensions; nobody can sign in with it, but it may ask.</summary>
internal static class Helo
{
    private const int Longest = 255;

    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (await AcceptAsync(smtp, line))
            smtp.Reply(new SmtpReply(250, "", smtp.Connection.Options.HostName));
    }

    /// <summary>The name is kept for the trace line alone; clients behind NAT tell all sorts, so only its form is looked at.</summary>
    public static async ValueTask<bool> AcceptAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (!line.IsClean || line.Arguments.Length is 0 or > Longest || line.Arguments.Contains(' ', StringComparison.Ordinal))
        {
            smtp.Bad(SubmissionReplies.Syntax("A name for yourself is missing"));
            return false;
        }

        smtp.Helo = line.Arguments;
        await smtp.ResetTransactionAsync();
        return true;
    }
}
