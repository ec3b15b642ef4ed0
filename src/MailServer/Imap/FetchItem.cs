namespace AdminPortal.MailServer.Imap;

internal enum FetchKind
{
    Flags,
    InternalDate,
    Size,
    Uid,
    ModSeq,

    /// <summary>When it came into this folder (RFC 8514).</summary>
    SaveDate,

    /// <summary>What names the content (RFC 8474, 5.1).</summary>
    EmailId,

    /// <summary>Threads have no names here: NIL (RFC 8474, 5.2).</summary>
    ThreadId,
    Envelope,

    /// <summary>BODY: the structure without extension data.</summary>
    Body,
    BodyStructure,

    /// <summary>BODY[…] and the old RFC822 forms: octets of the message.</summary>
    Section,

    /// <summary>BINARY[…]: a part with its transfer encoding taken off (RFC 3516).</summary>
    Binary,
    BinarySize,

    /// <summary>The beginning of the text (RFC 8970).</summary>
    Preview,

    /// <summary>A preview if it costs nothing; here it never does.</summary>
    LazyPreview,
}

internal enum SectionText
{
    /// <summary>Everything of the message or part.</summary>
    Whole,
    Header,
    HeaderFields,
    HeaderFieldsNot,
    Text,

    /// <summary>The MIME header of a part.</summary>
    Mime,
}

/// <param name="Part">Part numbers; empty for the message itself.</param>
/// <param name="Fields">For the two HEADER.FIELDS forms.</param>
internal sealed record Section(IReadOnlyList<int> Part, SectionText Text, IReadOnlyList<string> Fields)
{
    public static readonly Section Whole = new([], SectionText.Whole, []);

    /// <summary>What has to be read to answer it.</summary>
    public ContentScope Scope =>
        Part.Count == 0 && Text is SectionText.Header or SectionText.HeaderFields or SectionText.HeaderFieldsNot
            ? ContentScope.Header
            : ContentScope.Whole;
}

/// <param name="Label">The item's name in the answer.</param>
/// <param name="SetsSeen">Reading it marks the message as \Seen.</param>
/// <param name="From">The first octet wanted, or null for all.</param>
internal sealed record FetchItem(
    FetchKind Kind, string Label, Section? Section = null, bool SetsSeen = false, uint? From = null, uint Count = uint.MaxValue)
{
    /// <summary>Null when the snapshot answers it.</summary>
    public ContentScope? Scope => Kind switch
    {
        FetchKind.Envelope => ContentScope.Header,
        FetchKind.Body or FetchKind.BodyStructure or FetchKind.Binary or FetchKind.BinarySize or FetchKind.Preview => ContentScope.Whole,
        FetchKind.Section => Section!.Scope,
        _ => null,
    };
}
