namespace AdminPortal.MailServer.Imap;

/// <summary>The sort program (RFC 5256, 3): keys from the first to the last, then the message's number.</summary>
internal sealed class SortKeys : IComparer<SortFacts>
{
    /// <summary>There are seven, and each twice makes no difference.</summary>
    private const int Most = 14;

    private readonly List<Comparison<SortFacts>> _keys = [];

    /// <summary>False when the snapshot has all that is compared.</summary>
    public bool NeedsHeader { get; private set; }

    public static SortKeys Parse(ImapParser arguments)
    {
        var keys = new SortKeys();
        arguments.List(() => keys.Add(arguments));
        return keys._keys.Count is > 0 and <= Most ? keys : throw new ImapSyntaxException("Not a list of sort keys");
    }

    public int Compare(SortFacts? x, SortFacts? y)
    {
        foreach (var key in _keys)
            if (key(x!, y!) is not 0 and var order)
                return order;
        return x!.Message.Number.CompareTo(y!.Message.Number);
    }

    private bool Add(ImapParser arguments)
    {
        var name = arguments.Keyword();
        var reverse = name == "REVERSE";
        if (reverse)
        {
            arguments.Space();
            name = arguments.Keyword();
        }

        var key = Named(name);
        _keys.Add(reverse ? (x, y) => key(y, x) : key);
        return NeedsHeader |= name is not ("ARRIVAL" or "SIZE");
    }

    private static Comparison<SortFacts> Named(string name) => name switch
    {
        "ARRIVAL" => (x, y) => x.Message.Message.InternalDate.CompareTo(y.Message.Message.InternalDate),
        "SIZE" => (x, y) => x.Message.Message.Size.CompareTo(y.Message.Message.Size),
        "DATE" => (x, y) => x.Sent.CompareTo(y.Sent),
        "SUBJECT" => (x, y) => string.CompareOrdinal(x.Subject, y.Subject),
        "FROM" => (x, y) => string.CompareOrdinal(x.From, y.From),
        "TO" => (x, y) => string.CompareOrdinal(x.To, y.To),
        "CC" => (x, y) => string.CompareOrdinal(x.Cc, y.Cc),
        _ => throw new ImapSyntaxException("Unknown sort key"),
    };
}
