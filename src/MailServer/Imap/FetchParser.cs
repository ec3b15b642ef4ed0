using System.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>The items of FETCH (RFC 9051, 6.4.5; macros and the RFC822 forms of RFC 3501, 6.4.5).</summary>
internal static class FetchParser
{
    private const int MostParts = 100;

    public static IReadOnlyList<FetchItem> Parse(ImapParser arguments)
    {
        IReadOnlyList<FetchItem> items = arguments.PeekIs('(') ? arguments.List(() => Item(arguments)) : MacroOrItem(arguments);
        return items.Count > 0 ? items : throw new ImapSyntaxException("There is nothing to fetch");
    }

    private static IReadOnlyList<FetchItem> MacroOrItem(ImapParser arguments)
    {
        var name = arguments.Name();
        return name switch
        {
            "ALL" => [Simple("FLAGS"), Simple("INTERNALDATE"), Simple("RFC822.SIZE"), Simple("ENVELOPE")],
            "FAST" => [Simple("FLAGS"), Simple("INTERNALDATE"), Simple("RFC822.SIZE")],
            "FULL" => [Simple("FLAGS"), Simple("INTERNALDATE"), Simple("RFC822.SIZE"), Simple("ENVELOPE"), Simple("BODY")],
            _ => [Item(name, arguments)],
        };
    }

    private static FetchItem Item(ImapParser arguments) => Item(arguments.Name(), arguments);

    private static FetchItem Item(string name, ImapParser arguments) => name switch
    {
        "BODY" or "BODY.PEEK" when arguments.TryTake('[') => BodySection(arguments, setsSeen: name == "BODY"),
        "BINARY" or "BINARY.PEEK" when arguments.TryTake('[') => BinarySection(arguments, setsSeen: name == "BINARY"),
        // A list that begins with LAZY cannot be one of FETCH's own modifiers.
        "PREVIEW" => new FetchItem(arguments.TryTakeText(" (LAZY)") ? FetchKind.LazyPreview : FetchKind.Preview, name),
        "BINARY.SIZE" when arguments.TryTake('[') => BinarySize(arguments),
        _ => Simple(name),
    };

    private static FetchItem Simple(string name) => name switch
    {
        "FLAGS" => new FetchItem(FetchKind.Flags, name),
        "INTERNALDATE" => new FetchItem(FetchKind.InternalDate, name),
        "RFC822.SIZE" => new FetchItem(FetchKind.Size, name),
        "UID" => new FetchItem(FetchKind.Uid, name),
        "SAVEDATE" => new FetchItem(FetchKind.SaveDate, name),
        "EMAILID" => new FetchItem(FetchKind.EmailId, name),
        "THREADID" => new FetchItem(FetchKind.ThreadId, name),
        "MODSEQ" => new FetchItem(FetchKind.ModSeq, name),
        "ENVELOPE" => new FetchItem(FetchKind.Envelope, name),
        "BODY" => new FetchItem(FetchKind.Body, name),
        "BODYSTRUCTURE" => new FetchItem(FetchKind.BodyStructure, name),
        "RFC822" => new FetchItem(FetchKind.Section, name, Section.Whole, SetsSeen: true),
        "RFC822.HEADER" => new FetchItem(FetchKind.Section, name, new Section([], SectionText.Header, [])),
        "RFC822.TEXT" => new FetchItem(FetchKind.Section, name, new Section([], SectionText.Text, []), SetsSeen: true),
        _ => throw new ImapSyntaxException("Unknown fetch item"),
    };

    private static FetchItem BodySection(ImapParser arguments, bool setsSeen)
    {
        var section = ParseSection(arguments);
        arguments.Take(']');
        return Partial(arguments, new FetchItem(FetchKind.Section, $"BODY[{Describe(section)}]", section, setsSeen));
    }

    private static FetchItem BinarySection(ImapParser arguments, bool setsSeen)
    {
        var section = ParsePart(arguments);
        return Partial(arguments, new FetchItem(FetchKind.Binary, $"BINARY[{Describe(section)}]", section, setsSeen));
    }

    private static FetchItem BinarySize(ImapParser arguments)
    {
        var section = ParsePart(arguments);
        return new FetchItem(FetchKind.BinarySize, $"BINARY.SIZE[{Describe(section)}]", section);
    }

    /// <summary>RFC 3516, 4.2: numbers of parts only.</summary>
    private static Section ParsePart(ImapParser arguments)
    {
        var section = ParseSection(arguments);
        arguments.Take(']');
        return section.Text == SectionText.Whole ? section : throw new ImapSyntaxException("A part of the message is wanted");
    }

    private static FetchItem Partial(ImapParser arguments, FetchItem item)
    {
        if (!arguments.TryTake('<'))
            return item;
        var from = arguments.Number();
        arguments.Take('.');
        var count = arguments.Number();
        arguments.Take('>');
        return count > 0
            ? item with { Label = $"{item.Label}<{from}>", From = from, Count = count }
            : throw new ImapSyntaxException("A part of nothing");
    }

    private static Section ParseSection(ImapParser arguments)
    {
        if (arguments.PeekIs(']'))
            return Section.Whole;
        var words = arguments.Name().Split('.');
        var part = words.TakeWhile(word => word.Length > 0 && word.All(char.IsAsciiDigit)).Select(Number).ToList();
        if (part.Count > MostParts)
            throw new ImapSyntaxException("The part lies too deep");
        var text = string.Join('.', words.Skip(part.Count)) switch
        {
            "" => SectionText.Whole,
            "HEADER" => SectionText.Header,
            "HEADER.FIELDS" => SectionText.HeaderFields,
            "HEADER.FIELDS.NOT" => SectionText.HeaderFieldsNot,
            "TEXT" => SectionText.Text,
            "MIME" when part.Count > 0 => SectionText.Mime,
            _ => throw new ImapSyntaxException("Unknown section"),
        };
        return new Section(part, text, text is SectionText.HeaderFields or SectionText.HeaderFieldsNot ? Fields(arguments) : []);
    }

    private static int Number(string word) =>
        int.TryParse(word, out var number) && number > 0 ? number : throw new ImapSyntaxException("Parts are numbered from 1");

    private static List<string> Fields(ImapParser arguments)
    {
        arguments.Space();
        var fields = arguments.List(() => Encoding.ASCII.GetString(arguments.AString()));
        return fields.Count > 0 && fields.All(field => field.All(c => c is > ' ' and < '\x7f' and not (':' or '"' or '\\' or '(' or ')')))
            ? [.. fields]
            : throw new ImapSyntaxException("Not the names of header fields");
    }

    private static string Describe(Section section)
    {
        var text = section.Text switch
        {
            SectionText.Whole => "",
            SectionText.HeaderFields => "HEADER.FIELDS",
            SectionText.HeaderFieldsNot => "HEADER.FIELDS.NOT",
            var other => other.ToString().ToUpperInvariant(),
        };
        var path = string.Join('.', section.Part.Select(number => $"{number}").Append(text).Where(word => word.Length > 0));
        return section.Fields.Count > 0 ? $"{path} ({string.Join(' ', section.Fields)})" : path;
    }
}
