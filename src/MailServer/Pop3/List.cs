namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 5: the scan listing, of one message or of all.</summary>
internal static class List
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line) =>
        Listing.AnswerAsync(pop3, line, message => $"{message.Size}");
}
