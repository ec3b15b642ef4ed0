using System.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// RFC 3501, 5.1.3: printable ASCII as it is, <c>&amp;</c> as <c>&amp;-</c>, anything else as UTF-16 in a base64 with <c>,</c> for
/// <c>/</c>. Decoding is strict: what has two spellings could name a folder that nobody can list.
/// </summary>
internal static class ModifiedUtf7
{
    public static string Encode(string name)
    {
        var encoded = new StringBuilder(name.Length);
        for (var index = 0; index < name.Length;)
        {
            var run = index;
            while (run < name.Length && name[run] is < ' ' or > '~')
                run++;
            if (run > index)
                encoded.Append('&').Append(Base64(name[index..run])).Append('-');
            else
                encoded.Append(name[run++] is var c && c == '&' ? "&-" : c);
            index = run;
        }

        return encoded.ToString();
    }

    /// <summary>Null when the octets are not modified UTF-7 as <see cref="Encode"/> writes it.</summary>
    public static string? Decode(ReadOnlySpan<byte> octets)
    {
        if (octets.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return null;
        var text = Encoding.ASCII.GetString(octets);
        var name = new StringBuilder(text.Length);
        for (var index = 0; index < text.Length;)
        {
            if (text[index] != '&')
            {
                name.Append(text[index++]);
                continue;
            }

            var end = text.IndexOf('-', index);
            if (end < 0 || DecodeShifted(text[(index + 1)..end]) is not { } part)
                return null;
            name.Append(part);
            index = end + 1;
        }

        return Encode(name.ToString()) == text ? name.ToString() : null;
    }

    private static string Base64(string run) =>
        Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(run)).TrimEnd('=').Replace('/', ',');

    private static string? DecodeShifted(string shifted)
    {
        if (shifted.Length == 0)
            return "&";
        var base64 = shifted.Replace(',', '/').PadRight((shifted.Length + 3) / 4 * 4, '=');
        var octets = new byte[base64.Length];
        if (!Convert.TryFromBase64String(base64, octets, out var length) || length % 2 != 0)
            return null;
        var text = Encoding.BigEndianUnicode.GetString(octets, 0, length);
        return text.Contains('\uFFFD', StringComparison.Ordinal) ? null : text;
    }
}
