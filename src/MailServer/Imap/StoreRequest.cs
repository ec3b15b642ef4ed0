namespace AdminPortal.MailServer.Imap;

/// <summary>A STORE as it was asked for.</summary>
/// <param name="Silent">The client does not want to hear what it says itself.</param>
/// <param name="UnchangedSince">Only messages without a later change; null for all.</param>
internal sealed record StoreRequest(SequenceSet Set, FlagChange Change, bool Silent, long? UnchangedSince)
{
    public static StoreRequest Parse(ImapParser arguments)
    {
        arguments.Space();
        var set = arguments.Sequence();
        arguments.Space();
        long? unchangedSince = null;
        if (arguments.PeekIs('('))
        {
            arguments.List(() => unchangedSince = Modifier(arguments));
            arguments.Space();
        }

        var (change, silent) = ParseChange(arguments);
        arguments.End();
        return new StoreRequest(set, change, silent, unchangedSince);
    }

    private static long Modifier(ImapParser arguments)
    {
        if (arguments.Keyword() != "UNCHANGEDSINCE")
            throw new ImapSyntaxException("Unknown modifier");
        arguments.Space();
        return arguments.Number64();
    }

    private static (FlagChange Change, bool Silent) ParseChange(ImapParser arguments)
    {
        var mode = arguments.TryTake('+') ? FlagChangeMode.Add : arguments.TryTake('-') ? FlagChangeMode.Remove : FlagChangeMode.Replace;
        var silent = arguments.Name() switch
        {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => throw new ImapSyntaxException("FLAGS, +FLAGS or -FLAGS is missing"),
        };
        arguments.Space();
        var (flags, keywords) = ImapFlags.Parse(arguments.PeekIs('(') ? arguments.List(arguments.Flag) : Bare(arguments));
        return (new FlagChange(mode, flags, keywords), silent);
    }

    /// <summary>Flags may stand without parentheses.</summary>
    private static List<string> Bare(ImapParser arguments)
    {
        var flags = new List<string> { arguments.Flag() };
        while (arguments.TryTake(' '))
            flags.Add(arguments.Flag());
        return flags;
    }
}
