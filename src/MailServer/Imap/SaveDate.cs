using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// SAVEDATE (RFC 8514): when a message came into this folder, by APPEND, COPY, MOVE or delivery. For the messages that were here before that was
/// kept there is none to tell, and a search takes their internal date.
/// </summary>
internal static class SaveDate
{
    public static void Write(WireWriter output, MessageSummary message)
    {
        if (message.SavedAt is { } saved)
            output.Write("\""u8).Write(ImapText.DateTime(saved)).Write("\""u8);
        else
            output.Write("NIL"u8);
    }

    /// <summary>SAVEDBEFORE, SAVEDON and SAVEDSINCE: days, disregarding the time of day.</summary>
    public static SearchKey Key(ImapParser arguments, Func<DateOnly, DateOnly, bool> compare)
    {
        arguments.Space();
        var wanted = arguments.Date();
        return new SearchKey.Metadata(m => compare(DateOnly.FromDateTime((m.Message.SavedAt ?? m.Message.InternalDate).DateTime), wanted));
    }
}
