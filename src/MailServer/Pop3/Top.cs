using System.Globalization;

namespace AdminPortal.MailServer.Pop3;

/// <summary>RFC 1939, 7: the header, the empty line, and that many lines of the body.</summary>
internal static class Top
{
    public static async Task RunAsync(Pop3Connection pop3, Pop3Line line)
    {
        if (line.Words is not [var word, var lines] || !int.TryParse(lines, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            pop3.Bad("TOP number lines");
        else if (pop3.Maildrop!.Find(word, out _) is { } message)
            await MessageText.SendAsync(pop3, message, count);
        else
            pop3.Error("No such message");
    }
}
