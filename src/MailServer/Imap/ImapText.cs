using System.Buffers;
using System.Globalization;
using System.Text;
using AdminPortal.MailServer.Wire;

namespace AdminPortal.MailServer.Imap;

/// <summary>The grammar's things on their way out.</summary>
internal static class ImapText
{
    private static readonly SearchValues<byte> Quotable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c).Where(c => c is not ((byte)'"' or (byte)'\\'))]);

    /// <summary>A quoted string where that is possible, else a literal.</summary>
    public static WireWriter WriteString(this WireWriter output, ReadOnlySpan<byte> octets)
    {
        if (octets.Length <= 1_000 && !octets.ContainsAnyExcept(Quotable))
            return output.Write("\""u8).Write(octets).Write("\""u8);
        if (octets.Length <= 1_000 && !octets.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
            return WriteEscaped(output, octets);
        return output.Write("{"u8).Write(octets.Length).Write("}\r\n"u8).Write(octets);
    }

    /// <summary>A quoted string in UTF-8, for text without controls and clients that said they read it (RFC 9051, 4.3).</summary>
    public static WireWriter WriteQuoted(this WireWriter output, string text) => WriteEscaped(output, Encoding.UTF8.GetBytes(text));

    public static WireWriter WriteString(this WireWriter output, string text) => output.WriteString(Encoding.UTF8.GetBytes(text));

    public static WireWriter WriteNString(this WireWriter output, string? text) =>
        text is null ? output.Write("NIL"u8) : output.WriteString(text);

    public static WireWriter WriteFlags(this WireWriter output, MessageSummary message, bool recent)
    {
        output.Write("("u8);
        var separator = "";
        foreach (var flag in ImapFlags.Names(message.Flags).Concat(message.Keywords).Concat(recent ? ["\\Recent"] : []))
        {
            output.Write(separator).Write(flag);
            separator = " ";
        }

        return output.Write(")"u8);
    }

    /// <summary>RFC 9051, 9: date-time.</summary>
    public static string DateTime(DateTimeOffset date) =>
        date.ToString("dd-MMM-yyyy HH:mm:ss zzz", CultureInfo.InvariantCulture).Remove(24, 1);

    private static WireWriter WriteEscaped(WireWriter output, ReadOnlySpan<byte> octets)
    {
        output.Write("\""u8);
        foreach (var octet in octets)
        {
            if (octet is (byte)'"' or (byte)'\\')
                output.Write("\\"u8);
            output.Write([octet]);
        }

        return output.Write("\""u8);
    }
}
