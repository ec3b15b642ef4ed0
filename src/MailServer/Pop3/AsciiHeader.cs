using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace AdminPortal.MailServer.Pop3;

/// <summary>
/// A header with UTF-8 in it for a client that has not said UTF8 (RFC 6856, 2.1): the fields concerned in encoded words, addresses that ASCII
/// cannot write as an empty group with the address for its name (RFC 6858). What has no UTF-8 passes octet by octet.
/// </summary>
internal static class AsciiHeader
{
    /// <summary>Longer headers are sent as they are: nobody sent one by mistake.</summary>
    public const int Longest = 1024 * 1024;

    private static readonly HashSet<string> OfAddresses = new(StringComparer.OrdinalIgnoreCase)
    {
        "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc", "Return-Path",
    };

    /// <param name="header">Up to and including the empty line.</param>
    public static byte[] Of(ReadOnlyMemory<byte> header)
    {
        var ascii = new MemoryStream(header.Length);
        foreach (var field in Fields(header))
            ascii.Write(Ascii.IsValid(field.Span) ? field.Span : Encoding.ASCII.GetBytes(Rewritten(Encoding.UTF8.GetString(field.Span))));
        return ascii.ToArray();
    }

    /// <summary>Fields with their continuation lines, and the empty line.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Fields(ReadOnlyMemory<byte> header)
    {
        for (var (start, at) = (0, 0); start < header.Length; start = at)
        {
            do
            {
                var lineEnd = header.Span[at..].IndexOf((byte)'\n');
                at = lineEnd < 0 ? header.Length : at + lineEnd + 1;
            }
            while (at < header.Length && header.Span[at] is (byte)' ' or (byte)'\t');
            yield return header[start..at];
        }
    }

    private static string Rewritten(string field)
    {
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var name = colon < 0 ? "" : field[..colon].Trim();
        // No field at all: nothing of it can be kept but the ASCII.
        if (name.Length == 0 || !name.All(c => c is > ' ' and <= '~'))
            return string.Concat(field.Select(c => char.IsAscii(c) ? c : '?'));
        var value = Unfolded(field[(colon + 1)..]);
        var text = OfAddresses.Contains(name) && InternetAddressList.TryParse(value, out var addresses) ? Addresses(addresses) : Words(value);
        return $"{name}: {text}\r\n";
    }

    private static string Unfolded(string value) => value.Replace("\r\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim();

    private static string Addresses(InternetAddressList addresses) =>
        string.Join(",\r\n ", addresses.Mailboxes.Select(mailbox => mailbox.Address.All(c => c is > ' ' and <= '~')
            ? string.IsNullOrEmpty(mailbox.Name) ? $"<{mailbox.Address}>" : $"{Phrase(mailbox.Name)} <{mailbox.Address}>"
            : $"{Phrase(mailbox.Name is { Length: > 0 } name ? $"{name} <{mailbox.Address}>" : mailbox.Address)}:;"));

    private static string Phrase(string text) => Encoding.ASCII.GetString(Rfc2047.EncodePhrase(Encoding.UTF8, WithoutControls(text))).Trim();

    private static string Words(string text) => Encoding.ASCII.GetString(Rfc2047.EncodeText(Encoding.UTF8, WithoutControls(text))).Trim();

    // Encoded words may hold line ends, which would begin a header of their own once they are decoded.
    private static string WithoutControls(string text) => string.Concat(text.Where(c => !char.IsControl(c)));
}
