using System.Globalization;
using System.Text;

namespace AdminPortal.Hosting;

/// <summary>
/// Text that somebody else chose, made harmless before a person reads it. Characters that act rather than show (controls, direction marks,
/// zero-width, private and unassigned ones) are written as their codes: whoever reads an address or a server's words reads what is there.
/// Pages do it by themselves (<see cref="InertHtmlEncoder"/>).
/// </summary>
internal static class InertText
{
    public const int MostCharacters = 512;

    /// <summary>On one line, at most <see cref="MostCharacters"/> characters; null where there are none.</summary>
    public static string? Show(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        var shown = new StringBuilder();
        foreach (var rune in text.Trim().EnumerateRunes())
        {
            var piece = Acts(rune) ? Code(rune) : rune.ToString();
            if (shown.Length + piece.Length > MostCharacters - 1) return shown.Append('…').ToString();
            shown.Append(piece);
        }
        return shown.ToString();
    }

    // Format characters (Cf) hold the bidirectional controls and the zero-width ones; a lone surrogate was already replaced by U+FFFD.
    public static bool Acts(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    public static string Code(Rune rune) => $"<U+{rune.Value:X4}>";
}
