using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Pop3;

/// <summary>A command line: a keyword, a space, arguments (RFC 1939, 3).</summary>
internal sealed class Pop3Line
{
    public Pop3Line(ReadOnlyMemory<byte> bytes)
    {
        Bytes = bytes;
        var space = bytes.Span.IndexOf((byte)' ');
        var keyword = space < 0 ? bytes : bytes[..space];
        Keyword = CredentialText.Decode(keyword.Span)?.ToUpperInvariant() ?? "";
        Rest = space < 0 ? ReadOnlyMemory<byte>.Empty : bytes[(space + 1)..];
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public string Keyword { get; }

    /// <summary>All after the first space, spaces included: a password may have them.</summary>
    public ReadOnlyMemory<byte> Rest { get; }

    /// <summary>The arguments as words; null when they are not UTF-8.</summary>
    public string[]? Words => CredentialText.Decode(Rest.Span)?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
