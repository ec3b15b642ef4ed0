using System.Globalization;
using System.Text;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// What a server said, made harmless: it is shown in an administrator's browser and kept in the store, and the server may be anybody's.
/// Characters that act rather than show (controls, direction marks, zero-width and private ones) are written as their codes.
/// </summary>
internal static class ServerWords
{
    public const int MostCharacters = 512;

    /// <summary>The words on one line, at most <see cref="MostCharacters"/> characters, or null where there are none.</summary>
    public static string? Show(string? said)
    {
        if (string.IsNullOrWhiteSpace(said)) return null;
        var shown = new StringBuilder();
        foreach (var rune in said.Trim().EnumerateRunes())
        {
            var piece = Acts(rune) ? $"<U+{rune.Value:X4}>" : rune.ToString();
            if (shown.Length + piece.Length > MostCharacters - 1) return shown.Append('…').ToString();
            shown.Append(piece);
        }
        return shown.ToString();
    }

    // Format characters (Cf) hold the bidirectional controls and the zero-width ones; a lone surrogate was already replaced by U+FFFD.
    private static bool Acts(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;
}
