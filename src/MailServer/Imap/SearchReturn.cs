namespace AdminPortal.MailServer.Imap;

/// <summary>The result options of a search (RFC 4731, 3.1; RFC 5182, 2): what the client wants to know of what was found.</summary>
internal sealed record SearchReturn(bool Min, bool Max, bool Count, bool Numbers, bool Save)
{
    /// <summary>What an empty RETURN means, and in IMAP4rev2 none at all.</summary>
    public static readonly SearchReturn All = new(Min: false, Max: false, Count: false, Numbers: true, Save: false);

    /// <summary>SAVE alone is answered by nothing but its OK.</summary>
    public bool IsSilent => Save && !(Min || Max || Count || Numbers);

    /// <summary>MIN and MAX alone name and save just these; anything else all (RFC 5182, 2.1; RFC 9051, 6.4.4.1).</summary>
    public bool NamesEndsOnly => (Min || Max) && !(Count || Numbers);

    /// <summary>Null when there is no RETURN; otherwise the space behind it is taken too.</summary>
    public static SearchReturn? Parse(ImapParser arguments)
    {
        if (!arguments.TryTakeWord("RETURN"))
            return null;
        arguments.Space();
        var options = arguments.List(arguments.Keyword);
        arguments.Space();
        var returns = options.Aggregate(All with { Numbers = false }, With);
        return options.Count == 0 ? All : returns;
    }

    private static SearchReturn With(SearchReturn returns, string option) => option switch
    {
        "MIN" => returns with { Min = true },
        "MAX" => returns with { Max = true },
        "COUNT" => returns with { Count = true },
        "ALL" => returns with { Numbers = true },
        "SAVE" => returns with { Save = true },
        _ => throw new ImapSyntaxException("Unknown result option"),
    };
}
