namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 5321, 4.1.1.1. AUTH is named where it works: inside TLS, before the login.</summary>
internal static class Ehlo
{
    public static async Task RunAsync(SubmissionConnection smtp, SmtpLine line)
    {
        if (!await Helo.AcceptAsync(smtp, line))
            return;
        string[] lines = [smtp.Connection.Options.HostName, .. Extensions(smtp)];
        for (var index = 0; index < lines.Length; index++)
            smtp.Output.Write(index < lines.Length - 1 ? "250-" : "250 ").WriteLine(lines[index]);
    }

    private static IEnumerable<string> Extensions(SubmissionConnection smtp)
    {
        yield return "PIPELINING";
        yield return $"SIZE {smtp.Connection.Limits.MessageSize}";
        yield return "8BITMIME";
        yield return "ENHANCEDSTATUSCODES";
        // What the mailbox's own server can do is not known before the login; promised is only what every one can.
        if (!smtp.Connection.Options.Relays)
            foreach (var extension in new[] { "CHUNKING", "BINARYMIME", "SMTPUTF8", "DSN" })
                yield return extension;
        if (smtp.Connection.CanStartTls)
            yield return "STARTTLS";
        if (smtp.Connection.IsSecure && smtp.Connection.Session is null)
            yield return $"AUTH {string.Join(' ', smtp.SignIn.Offered(smtp.Connection))}";
    }
}
