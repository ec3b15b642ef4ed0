using System.Text;
using MimeKit;

namespace AdminPortal.MailServer.Imap;

/// <summary>A message as SEARCH looks into it: decoded, compared without case.</summary>
internal sealed class SearchText
{
    private readonly MessageParts _parts;
    private HeaderFacts? _facts;

    public SearchText(ReadOnlyMemory<byte> octets) => _parts = new(octets);

    /// <summary>For keys that ask for nothing else.</summary>
    public SearchText(HeaderFacts facts) => (_parts, _facts) = (new(ReadOnlyMemory<byte>.Empty), facts);

    public HeaderFacts Facts => _facts ??= new(_parts.Header);

    /// <summary>The Date field, disregarding time and time zone.</summary>
    public DateOnly? SentOn => Facts.SentOn;

    /// <summary>An empty text asks whether the field is there at all.</summary>
    public bool FieldContains(string name, string wanted) => HeaderFacts.Has(name)
        ? Facts.Contains(name, wanted)
        : _parts.Header.Any(field => field.Field.Equals(name, StringComparison.OrdinalIgnoreCase) && Contains(field.Value, wanted));

    public bool BodyContains(string wanted) => wanted.Length == 0 || Texts(_parts.Root.Content).Any(text => Contains(text, wanted));

    public bool Contains(string wanted) =>
        _parts.Header.Any(field => Contains($"{field.Field}: {field.Value}", wanted)) || BodyContains(wanted);

    private static bool Contains(string text, string wanted) => text.Contains(wanted, StringComparison.OrdinalIgnoreCase);

    /// <summary>The text parts; headers of messages within count as text of the one that holds them.</summary>
    private IEnumerable<string> Texts(PartNode part)
    {
        if (part.Message is { } message)
            foreach (var field in message.Header)
                yield return $"{field.Field}: {field.Value}";
        if (part.Entity is TextPart { Content: not null } text)
            yield return text.Text;
        else if (part.Entity is TextPart)
            yield return Encoding.UTF8.GetString(_parts.Octets(part));
        foreach (var inner in part.Children.Concat(part.Message is { } held ? [held.Content] : []))
            foreach (var found in Texts(inner))
                yield return found;
    }
}
