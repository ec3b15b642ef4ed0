namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5: the whole message, streamed from the store to the wire.</summary>
internal static class Retr
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (line.Words is not [var word])
            pop3.Bad("RETR number");
        else if (pop3.Maildrop!.Find(word, out var number) is not { } message)
            pop3.Error("No such message");
        else if (await MessageText.SendAsync(pop3, message, bodyLines: null))
            pop3.Maildrop.Retrieved(number);
    }
}
