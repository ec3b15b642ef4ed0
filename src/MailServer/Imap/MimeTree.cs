using System.Runtime.InteropServices;
using MimeKit;

namespace AdminPortal.MailServer.Imap;

/// <summary>A message, or one held in another: header from Begin to Body, text from Body to End.</summary>
internal sealed record MessageNode(int Begin, int Body, int End, HeaderList Header, PartNode Content)
{
    /// <summary>
    /// RFC 9051, 6.4.5.1: the parts of a multipart are numbered from 1; a message that is none has the one part 1; a part that holds a
    /// message goes on with that message's parts.
    /// </summary>
    public PartNode? Part(IReadOnlyList<int> numbers)
    {
        var (message, part) = (this, default(PartNode));
        foreach (var number in numbers)
        {
            if (part is not null)
                message = part.Message;
            var parts = part is { Children.Count: > 0 } ? part.Children : message?.Parts();
            if (parts is null || number > parts.Count)
                return null;
            part = parts[number - 1];
        }

        return part;
    }

    private IReadOnlyList<PartNode> Parts() => Content.Entity is Multipart ? Content.Children : [Content];
}

/// <summary>A MIME part: its header from Begin to Body, its octets from Body to End.</summary>
/// <param name="Entity">What MimeKit made of its header.</param>
internal sealed record PartNode(
    int Begin, int Body, int End, int Lines, MimeEntity Entity, IReadOnlyList<PartNode> Children, MessageNode? Message);

/// <summary>Builds the tree from MimeKit's parser and the offsets it reports.</summary>
internal static class MimeTree
{
    /// <summary>Deeper nesting is not taken apart; it is an attack on whoever does it recursively.</summary>
    private const int Deepest = 50;

    /// <summary>A message of more parts is one of text: a few octets make a part, and a part many objects.</summary>
    private const int MostParts = 10_000;

    private static readonly ParserOptions Options = new() { MaxMimeDepth = Deepest };

    private readonly record struct Place(int Begin, int Body, int End, int Lines);

    /// <summary>Null when MimeKit cannot read the message, or it has too many parts.</summary>
    public static MessageNode? Read(ReadOnlyMemory<byte> octets)
    {
        var places = new Dictionary<object, Place>(ReferenceEqualityComparer.Instance);
        try
        {
            var parser = new MimeParser(Options, Stream(octets), MimeFormat.Entity, persistent: true);
            parser.MimeEntityEnd += (_, e) => places[e.Entity] = places.Count < MostParts
                ? At(e.BeginOffset, e.HeadersEndOffset, e.EndOffset, e.Lines)
                : throw new FormatException("Too many parts.");
            parser.MimeMessageEnd += (_, e) => places[e.Message] = At(e.BeginOffset, e.HeadersEndOffset, e.EndOffset, 0);
            return Message(parser.ParseMessage(), places);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>A stream over the octets without copying them, where they are an array.</summary>
    public static MemoryStream Stream(ReadOnlyMemory<byte> octets) =>
        MemoryMarshal.TryGetArray(octets, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(octets.ToArray(), writable: false);

    private static Place At(long begin, long body, long end, int lines) => new((int)begin, (int)body, (int)end, lines);

    private static MessageNode? Message(MimeMessage message, Dictionary<object, Place> places)
    {
        if (message.Body is null || !places.TryGetValue(message, out var place) || Part(message.Body, places) is not { } content)
            return null;
        return new MessageNode(place.Begin, place.Body, place.End, message.Headers, content);
    }

    private static PartNode? Part(MimeEntity entity, Dictionary<object, Place> places)
    {
        if (!places.TryGetValue(entity, out var place))
            return null;
        IReadOnlyList<PartNode> children =
            entity is Multipart multipart ? [.. multipart.Select(child => Part(child, places)).OfType<PartNode>()] : [];
        var message = entity is MessagePart { Message: { } held } ? Message(held, places) : null;
        return new PartNode(place.Begin, place.Body, place.End, place.Lines, entity, children, message);
    }
}
