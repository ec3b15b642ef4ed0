namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 7: the unique-id listing, by which clients know what they have fetched before.</summary>
internal static class Uidl
{
    public static Task RunAsync(Pop3Connection pop3, Pop3Line line) =>
        Listing.AnswerAsync(pop3, line, pop3.Maildrop!.UniqueId);
}
