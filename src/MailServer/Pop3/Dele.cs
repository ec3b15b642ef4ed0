namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5: marks a message; QUIT removes what is marked.</summary>
internal static class Dele
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (line.Words is not [var word])
        {
            pop3.Bad("DELE number");
        }
        else if (pop3.Maildrop!.Find(word, out var number) is null)
        {
            pop3.Error("No such message");
        }
        else
        {
            pop3.Maildrop.Delete(number);
            pop3.Ok("Message {0} marked", number);
        }

        return Task.CompletedTask;
    }
}
