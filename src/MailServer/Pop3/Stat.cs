namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5: how many messages, and their octets together; those marked as deleted do not count.</summary>
internal static class Stat
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Ok($"{pop3.Maildrop!.Count} {pop3.Maildrop.Size}");
        return Task.CompletedTask;
    }
}
