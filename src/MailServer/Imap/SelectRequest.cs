namespace AdminPortal.MailServer.Imap;

/// <summary>The parameters of SELECT and EXAMINE (RFC 7162, 3.1.8 and 3.2.5).</summary>
internal sealed class SelectRequest
{
    public bool CondStore { get; private set; }

    /// <summary>What the client says it knew when it was here last; null when it does not.</summary>
    public KnownState? Known { get; private set; }

    public static SelectRequest Parse(ImapConnection imap, ImapParser arguments)
    {
        var request = new SelectRequest();
        if (!arguments.TryTake(' '))
            return request;
        arguments.List(() => request.Take(imap, arguments));
        return request;
    }

    private bool Take(ImapConnection imap, ImapParser arguments)
    {
        switch (arguments.Keyword())
        {
            case "CONDSTORE":
                return CondStore = true;
            case "QRESYNC" when !imap.TellsVanished:
                throw new ImapSyntaxException("ENABLE QRESYNC first");
            case "QRESYNC":
                arguments.Space();
                Known = KnownState.Parse(arguments);
                return true;
            default:
                throw new ImapSyntaxException("Unknown parameter");
        }
    }
}

/// <summary>A client's memory of a folder.</summary>
/// <param name="Uids">The UIDs it has; null for all.</param>
/// <param name="Numbers">Some message numbers it had, and at the same places in <paramref name="UidsOfNumbers"/> their UIDs; or null.</param>
internal sealed record KnownState(uint UidValidity, long ModSeq, NumberSet? Uids, NumberSet? Numbers, NumberSet? UidsOfNumbers)
{
    public static KnownState Parse(ImapParser arguments)
    {
        arguments.Take('(');
        var uidValidity = arguments.Number();
        arguments.Space();
        var known = new KnownState(uidValidity, arguments.Number64(), null, null, null);
        while (arguments.TryTake(' '))
            known = arguments.PeekIs('(') && known.Numbers is null ? known.WithPairs(arguments)
                : known is { Uids: null, Numbers: null } ? known with { Uids = Set(arguments) }
                : throw new ImapSyntaxException("Not a set of what is known");
        arguments.Take(')');
        return known;
    }

    /// <summary>
    /// The greatest UID up to which nothing was expunged since: where client and server have the same UID at the same number, they have the
    /// same messages up to there. 0 when no pair says so.
    /// </summary>
    public uint SameUpto(IReadOnlyList<MessageSummary> messages)
    {
        if (Numbers is null || UidsOfNumbers is null)
            return 0;
        var same = 0u;
        foreach (var (number, uid) in Numbers.All().Zip(UidsOfNumbers.All()).TakeWhile(pair => pair.First <= messages.Count))
            if (messages[(int)number - 1].Uid == uid)
                same = uid;
        return same;
    }

    private KnownState WithPairs(ImapParser arguments)
    {
        arguments.Take('(');
        var numbers = Set(arguments);
        arguments.Space();
        var uids = Set(arguments);
        arguments.Take(')');
        return this with { Numbers = numbers, UidsOfNumbers = uids };
    }

    private static NumberSet Set(ImapParser arguments) =>
        arguments.Sequence() is { HasStar: false } set && set != SequenceSet.Saved
            ? set.Upto(0)
            : throw new ImapSyntaxException("What is known has no *");
}
