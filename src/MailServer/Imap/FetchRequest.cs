namespace AdminPortal.MailServer.Imap;

/// <summary>A FETCH as it was asked for, with the modifiers of RFC 7162 (3.1.4 and 3.2.6).</summary>
/// <param name="ChangedSince">Only messages that changed after it; null for all.</param>
/// <param name="Vanished">And the UIDs of the set that were expunged after it.</param>
internal sealed record FetchRequest(SequenceSet Set, IReadOnlyList<FetchItem> Items, long? ChangedSince, bool Vanished)
{
    private static readonly FetchItem Uid = new(FetchKind.Uid, "UID");
    private static readonly FetchItem ModSeq = new(FetchKind.ModSeq, "MODSEQ");

    public static FetchRequest Parse(ImapConnection imap, ImapParser arguments, bool byUid)
    {
        arguments.Space();
        var set = arguments.Sequence();
        arguments.Space();
        var request = new FetchRequest(set, FetchParser.Parse(arguments), null, false);
        if (arguments.TryTake(' '))
            request = request.WithModifiers(arguments);
        arguments.End();
        if (request.Vanished && (!byUid || !imap.TellsVanished || request.ChangedSince is null))
            throw new ImapSyntaxException("VANISHED is for UID FETCH with CHANGEDSINCE, after ENABLE QRESYNC");
        if (request.ChangedSince is not null)
            request = request.Including(ModSeq);
        return byUid ? request.Including(Uid) : request;
    }

    public bool Has(FetchKind kind) => Items.Any(item => item.Kind == kind);

    private FetchRequest Including(FetchItem item) => Has(item.Kind) ? this : this with { Items = [item, .. Items] };

    private FetchRequest WithModifiers(ImapParser arguments)
    {
        var request = this;
        arguments.List(() => request = arguments.Keyword() switch
        {
            "CHANGEDSINCE" => request with { ChangedSince = ModSeqOf(arguments) },
            "VANISHED" => request with { Vanished = true },
            _ => throw new ImapSyntaxException("Unknown modifier"),
        });
        return request;
    }

    private static long ModSeqOf(ImapParser arguments)
    {
        arguments.Space();
        return arguments.Number64();
    }
}
