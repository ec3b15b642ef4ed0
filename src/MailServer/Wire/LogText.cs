using System.Globalization;
using System.Text;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Makes a client's words fit for a log line: short, one line, no terminal escapes, no letters that turn the text around.
/// </summary>
internal static class LogText
{
    private const int Longest = 128;

    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "";
        var clean = new StringBuilder(Math.Min(text.Length, Longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= Longest)
                return clean.Append('…').ToString();
            if (IsHarmless(rune))
                clean.Append(rune.ToString());
            else
                clean.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
        }

        return clean.ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
