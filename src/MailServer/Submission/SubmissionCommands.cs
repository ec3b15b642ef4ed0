using System.Collections.Frozen;

namespace AdminPortal.MailServer.Submission;

internal sealed record SmtpCommand(string Verb, bool NeedsSignIn, Func<SubmissionConnection, SmtpLine, Task> RunAsync);

/// <summary>Every command there is. A new one is a file and a line here.</summary>
internal static class SubmissionCommands
{
    private static readonly FrozenDictionary<string, SmtpCommand> Table = new SmtpCommand[]
    {
        new("EHLO", false, Ehlo.RunAsync),
        new("HELO", false, Helo.RunAsync),
        new("STARTTLS", false, StartTls.RunAsync),
        new("AUTH", false, Auth.RunAsync),
        new("MAIL", true, Mail.RunAsync),
        new("RCPT", true, Rcpt.RunAsync),
        new("DATA", true, Data.RunAsync),
        new("BDAT", true, Bdat.RunAsync),
        new("RSET", false, Rset.RunAsync),
        new("NOOP", false, Noop.RunAsync),
        new("VRFY", true, Vrfy.RunAsync),
        new("QUIT", false, Quit.RunAsync),
    }.ToFrozenDictionary(command => command.Verb);

    public static SmtpCommand? Find(string verb) => Table.GetValueOrDefault(verb);
}
