namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5.</summary>
internal static class Noop
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        pop3.Ok();
        return Task.CompletedTask;
    }
}
