namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5: takes all marks back.</summary>
internal static class Rset
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Maildrop!.Reset();
        pop3.Ok("{0} messages", pop3.Maildrop.Count);
        return Task.CompletedTask;
    }
}
