using System.Text;

namespace AdminPortal.MailServer.Wire;

/// <summary>Text from the backend on its way into a one-line answer.</summary>
internal static class ReplyText
{
    /// <summary>
    /// Without control characters, and cut at a character so that it takes at most <paramref name="octets"/> in UTF-8.
    /// </summary>
    public static string OneLine(string text, int octets)
    {
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            octets -= rune.Utf8SequenceLength;
            if (octets < 0)
                break;
            line.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return line.ToString();
    }
}
