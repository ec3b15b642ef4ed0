using System.Runtime.InteropServices;
using MimeKit.Encodings;

namespace AdminPortal.MailServer.Imap;

/// <summary>Takes the content transfer encoding off a part (RFC 3516, 4.2).</summary>
internal static class Decoding
{
    /// <summary>Null when the encoding is none we know: UNKNOWN-CTE.</summary>
    public static ReadOnlyMemory<byte>? Decode(string? encoding, ReadOnlyMemory<byte> octets) => encoding?.Trim().ToUpperInvariant() switch
    {
        null or "" or "7BIT" or "8BIT" or "BINARY" => octets,
        "BASE64" => Run(new Base64Decoder(), octets),
        "QUOTED-PRINTABLE" => Run(new QuotedPrintableDecoder(), octets),
        _ => (ReadOnlyMemory<byte>?)null,
    };

    private static ReadOnlyMemory<byte> Run(IMimeDecoder decoder, ReadOnlyMemory<byte> octets)
    {
        if (!MemoryMarshal.TryGetArray(octets, out var encoded))
            encoded = octets.ToArray();
        var decoded = new byte[decoder.EstimateOutputLength(encoded.Count)];
        return decoded.AsMemory(0, decoder.Decode(encoded.Array!, encoded.Offset, encoded.Count, decoded));
    }
}
