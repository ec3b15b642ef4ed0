using System.Text;

namespace AdminPortal.Hosting;

/// <summary>
/// Keeps a spreadsheet from running a cell as a formula: text that starts with <c>= + - @</c>, one of their full-width forms, a tab or a
/// line break gets an apostrophe in front (OWASP, CSV injection). Text that already looks guarded gets one too, so that undoing is exact:
/// <c>Undo(Protect(x)) == x</c> for every x.
/// </summary>
internal static class FormulaGuard
{
    private const char Guard = '\'';

    public static bool Needs(ReadOnlySpan<char> text)
    {
        var bare = text.TrimStart(Guard);
        return bare is [('=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠' or '\t' or '\r' or '\n'), ..];
    }

    public static string Protect(string text) => Needs(text) ? Guard + text : text;

    public static string Undo(string text) => text is [Guard, ..] && Needs(text) ? text[1..] : text;

    public static ReadOnlySpan<byte> Undo(ReadOnlySpan<byte> utf8)
    {
        if (utf8 is not [(byte)Guard, ..])
            return utf8;
        // Rare, so the one rule above decides, on the first character behind the apostrophes.
        Rune.DecodeFromUtf8(utf8.TrimStart((byte)Guard), out var first, out _);
        return Needs(first.ToString()) ? utf8[1..] : utf8;
    }
}
