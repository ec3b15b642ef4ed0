using System.Text;
using MimeKit;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// A message's octets and where its parts lie in them. MimeKit finds the borders; what is sent are the octets as they were stored, never
/// a message written anew. A message that MimeKit cannot read is one part of text.
/// </summary>
internal sealed class MessageParts(ReadOnlyMemory<byte> octets)
{
    private readonly Dictionary<Section, ReadOnlyMemory<byte>?> _decoded = new(ReferenceEqualityComparer.Instance);
    private MessageNode? _root;
    private HeaderList? _header;

    public HeaderList Header => _header ??= ReadHeader(octets.Span[..HeaderLength(octets.Span)]);

    public MessageNode Root => _root ??= MimeTree.Read(octets) ?? Unreadable();

    /// <summary>The octets of a section, or null when there is no such part.</summary>
    public ReadOnlyMemory<byte>? Find(Section section)
    {
        var header = HeaderLength(octets.Span);
        if (section.Part.Count == 0)
            return Select(section, octets[..header], octets[header..], octets);
        if (Root.Part(section.Part) is not { } part)
            return null;
        if (section.Text is SectionText.Whole)
            return octets[part.Body..part.End];
        if (section.Text is SectionText.Mime)
            return octets[part.Begin..part.Body];
        // HEADER and TEXT of a part are those of the message it holds (RFC 9051, 6.4.5.1).
        if (part.Message is not { } message)
            return null;
        return Select(section, octets[message.Begin..message.Body], octets[message.Body..message.End], octets[message.Begin..message.End]);
    }

    /// <summary>
    /// The part without its transfer encoding, the whole message as it is; the octets are null when there is no such part. Parts that hold
    /// others are never encoded (RFC 2045, 6.4).
    /// </summary>
    /// <returns>False when the encoding is unknown.</returns>
    public bool TryDecode(Section section, out ReadOnlyMemory<byte>? decoded)
    {
        if (!_decoded.TryGetValue(section, out decoded))
            _decoded[section] = decoded = TakeEncodingOff(section);
        return decoded is not null || Find(section) is null;
    }

    private ReadOnlyMemory<byte>? TakeEncodingOff(Section section)
    {
        var octets = Find(section);
        if (octets is null || section.Part.Count == 0 || Root.Part(section.Part) is not { Children.Count: 0, Message: null } part)
            return octets;
        return Decoding.Decode(part.Entity.Headers[HeaderId.ContentTransferEncoding], octets.Value);
    }

    public ReadOnlySpan<byte> Octets(PartNode part) => octets.Span[part.Body..part.End];

    /// <summary>Up to and including the empty line; the whole message when it has none.</summary>
    public static int HeaderLength(ReadOnlySpan<byte> message)
    {
        if (message.StartsWith("\r\n"u8))
            return 2;
        var end = message.IndexOf("\r\n\r\n"u8);
        return end < 0 ? message.Length : end + 4;
    }

    private static ReadOnlyMemory<byte> Select(
        Section section, ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> text, ReadOnlyMemory<byte> whole) => section.Text switch
        {
            SectionText.Header => header,
            SectionText.HeaderFields => Fields(header, section.Fields, wanted: true),
            SectionText.HeaderFieldsNot => Fields(header, section.Fields, wanted: false),
            SectionText.Text => text,
            _ => whole,
        };

    /// <summary>The named fields with their continuation lines, or the others, and the empty line.</summary>
    private static byte[] Fields(ReadOnlyMemory<byte> header, IReadOnlyList<string> names, bool wanted)
    {
        using var chosen = new MemoryStream(header.Length);
        var take = false;
        for (var rest = header.Span; !rest.IsEmpty && !rest.StartsWith("\r\n"u8);)
        {
            var end = rest.IndexOf((byte)'\n');
            var line = end < 0 ? rest : rest[..(end + 1)];
            if (line[0] is not ((byte)' ' or (byte)'\t'))
                take = names.Contains(FieldName(line), StringComparer.OrdinalIgnoreCase) == wanted;
            if (take)
                chosen.Write(line);
            rest = rest[line.Length..];
        }

        chosen.Write("\r\n"u8);
        return chosen.ToArray();
    }

    private static string FieldName(ReadOnlySpan<byte> line) =>
        line.IndexOf((byte)':') is >= 0 and var colon ? Encoding.ASCII.GetString(line[..colon]).TrimEnd() : "";

    private static HeaderList ReadHeader(ReadOnlySpan<byte> header)
    {
        try
        {
            return HeaderList.Load(new MemoryStream(header.ToArray(), writable: false));
        }
        catch (FormatException)
        {
            return [];
        }
    }

    private MessageNode Unreadable()
    {
        var body = HeaderLength(octets.Span);
        var lines = octets.Span[body..].Count((byte)'\n');
        var part = new PartNode(0, body, octets.Length, lines, new TextPart("plain"), [], null);
        return new MessageNode(0, body, octets.Length, Header, part);
    }
}
