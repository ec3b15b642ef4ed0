namespace AdminPortal.MailServer.Imap;

/// <summary>What a LIST asks for: the basic form of RFC 3501 and the extended one of RFC 5258, 5819 and 6154.</summary>
internal sealed class ListRequest
{
    private const int MostPatterns = 20;
    private const int LongestPattern = 512;

    private readonly List<ListPattern> _patterns = [];

    /// <summary>Selection: subscribed names, whether or not their folder exists.</summary>
    public bool OnlySubscribed { get; private set; }

    /// <summary>Selection: also folders that are not subscribed but have a subscribed one below.</summary>
    public bool Recursive { get; private set; }

    /// <summary>Selection: folders with a special use.</summary>
    public bool OnlySpecialUse { get; private set; }

    public bool ReturnsSubscribed { get; private set; }

    /// <summary>Null unless STATUS is to be told of each folder.</summary>
    public IReadOnlyList<string>? StatusItems { get; private set; }

    /// <summary>True for <c>LIST "" ""</c>, which asks for the separator (RFC 9051, 6.3.9).</summary>
    public bool AsksForSeparator { get; private set; }

    public static ListRequest Parse(ImapConnection imap, ImapParser arguments)
    {
        var request = new ListRequest();
        arguments.Space();
        if (arguments.PeekIs('('))
        {
            request.Select(arguments.List(arguments.Keyword));
            arguments.Space();
        }

        var reference = FolderName.Decode(imap, arguments.AString());
        arguments.Space();
        var extended = arguments.PeekIs('(');
        var patterns = extended ? arguments.List(arguments.Pattern) : [arguments.Pattern()];
        if (patterns.Count > MostPatterns)
            throw new ImapSyntaxException("Too many patterns");
        request.AsksForSeparator = !extended && patterns[0].Length == 0;
        foreach (var pattern in patterns)
            request.Add(reference, FolderName.Decode(imap, pattern));
        if (arguments.TryTake(' '))
            request.Return(imap, arguments);
        arguments.End();
        return request;
    }

    public bool Matches(string name) => _patterns.Any(pattern => pattern.Matches(name));

    /// <summary>Reference and pattern put together. What cannot match any name is left out.</summary>
    private void Add(string? reference, string? pattern)
    {
        if (reference is not null && !string.IsNullOrEmpty(pattern) && reference.Length + pattern.Length <= LongestPattern)
            _patterns.Add(new ListPattern(WithInbox(reference + pattern)));
    }

    /// <summary>INBOX matches in any case.</summary>
    private static string WithInbox(string pattern) =>
        pattern.StartsWith("inbox", StringComparison.OrdinalIgnoreCase) && (pattern.Length == 5 || pattern[5] is '/' or '*' or '%')
            ? "INBOX" + pattern[5..]
            : pattern;

    private void Select(IReadOnlyList<string> options)
    {
        foreach (var option in options)
            _ = option switch
            {
                "SUBSCRIBED" => OnlySubscribed = ReturnsSubscribed = true,
                "RECURSIVEMATCH" => Recursive = true,
                "SPECIAL-USE" => OnlySpecialUse = true,
                // There are no remote folders to add.
                "REMOTE" => true,
                _ => throw new ImapSyntaxException("Unknown selection option"),
            };
        if (Recursive && !OnlySubscribed)
            throw new ImapSyntaxException("RECURSIVEMATCH needs SUBSCRIBED");
    }

    private void Return(ImapConnection imap, ImapParser arguments)
    {
        if (!arguments.TryTakeWord("RETURN"))
            throw new ImapSyntaxException("RETURN is missing");
        arguments.Space();
        arguments.List(() => ReturnOption(imap, arguments));
    }

    private bool ReturnOption(ImapConnection imap, ImapParser arguments)
    {
        switch (arguments.Keyword())
        {
            case "SUBSCRIBED":
                return ReturnsSubscribed = true;
            case "CHILDREN" or "SPECIAL-USE":
                return true;
            case "STATUS":
                arguments.Space();
                StatusItems = Status.ParseItems(imap, arguments);
                return true;
            default:
                throw new ImapSyntaxException("Unknown return option");
        }
    }
}
