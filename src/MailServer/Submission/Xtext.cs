using System.Globalization;
using System.Text;

namespace AdminPortal.MailServer.Submission;

/// <summary>RFC 3461, 4: printable ASCII, where <c>+XX</c> stands for another octet.</summary>
internal static class Xtext
{
    /// <summary>The text, or null where it is not xtext, or stands for control characters, which no header may be given.</summary>
    public static string? Decode(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            var octet = text[index] == '+' ? Hex(text, index + 1) : text[index] is >= '!' and <= '~' and not '=' ? text[index] : null;
            if (octet is not { } character || character is < ' ' or > '~')
                return null;
            decoded.Append(character);
            index += text[index] == '+' ? 2 : 0;
        }

        return decoded.ToString();
    }

    // Upper case alone (RFC 3461, 4: hexchar).
    private static char? Hex(string text, int at) =>
        at + 2 <= text.Length && text.AsSpan(at, 2).IndexOfAnyInRange('a', 'z') < 0
        && byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet)
            ? (char)octet
            : null;
}
