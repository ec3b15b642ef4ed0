namespace AdminPortal.MailServer.Imap;

/// <summary>Flags between the wire and the seam (RFC 9051, 2.3.2).</summary>
internal static class ImapFlags
{
    public const string System = @"\Answered \Flagged \Deleted \Seen \Draft";

    /// <summary>Bounds what a client can make the server keep and repeat.</summary>
    private const int LongestKeyword = 64;
    private const int MostKeywords = 64;

    public static IEnumerable<string> Names(MessageFlags flags)
    {
        if (flags.HasFlag(MessageFlags.Answered))
            yield return @"\Answered";
        if (flags.HasFlag(MessageFlags.Flagged))
            yield return @"\Flagged";
        if (flags.HasFlag(MessageFlags.Deleted))
            yield return @"\Deleted";
        if (flags.HasFlag(MessageFlags.Seen))
            yield return @"\Seen";
        if (flags.HasFlag(MessageFlags.Draft))
            yield return @"\Draft";
    }

    /// <summary>\Recent and system flags nobody knows are passed over, as a client cannot set them.</summary>
    public static (MessageFlags Flags, IReadOnlyList<string> Keywords) Parse(IReadOnlyList<string> words)
    {
        var flags = MessageFlags.None;
        var keywords = new List<string>();
        foreach (var word in words)
        {
            if (word.StartsWith('\\'))
                flags |= Flag(word);
            else if (word.Length > LongestKeyword || keywords.Count == MostKeywords)
                throw new ImapSyntaxException("Too many keywords, or one too long");
            else if (!keywords.Contains(word, StringComparer.OrdinalIgnoreCase))
                keywords.Add(word);
        }

        return (flags, keywords);
    }

    private static MessageFlags Flag(string name) => name.ToUpperInvariant() switch
    {
        @"\SEEN" => MessageFlags.Seen,
        @"\ANSWERED" => MessageFlags.Answered,
        @"\FLAGGED" => MessageFlags.Flagged,
        @"\DELETED" => MessageFlags.Deleted,
        @"\DRAFT" => MessageFlags.Draft,
        _ => MessageFlags.None,
    };
}
