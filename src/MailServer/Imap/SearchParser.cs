using AdminPortal.MailServer.Sasl;

namespace AdminPortal.MailServer.Imap;

/// <summary>The grammar of search keys (RFC 9051, 6.4.4; OLD, NEW and RECENT of RFC 3501, which IMAP4rev2 no longer knows).</summary>
internal sealed class SearchParser(ImapParser arguments, ImapConnection imap)
{
    private const int Deepest = 32;

    /// <summary>Each is asked about each message.</summary>
    private const int MostKeys = 500;

    private readonly SelectedFolder _folder = imap.Selected!;
    private int _depth;
    private int _keys;

    /// <summary>The client asked for MODSEQ, and is told the greatest of what was found (RFC 7162, 3.1.5).</summary>
    public bool AsksForModSeq { get; private set; }

    /// <summary>The names of contents have to be asked for before the search begins.</summary>
    public bool NeedsContentIds { get; private set; }

    public SearchKey Parse()
    {
        var keys = new List<SearchKey> { Key() };
        while (arguments.TryTake(' '))
            keys.Add(Key());
        arguments.End();
        return new SearchKey.All(keys);
    }

    private SearchKey Key()
    {
        if (++_depth > Deepest)
            throw new ImapSyntaxException("The search is nested too deeply");
        if (++_keys > MostKeys)
            throw new ImapSyntaxException("The search has too many keys");
        var key = arguments.PeekIs('(') ? new SearchKey.All(Nested())
            : arguments.Peek is (>= (byte)'0' and <= (byte)'9') or (byte)'*' or (byte)'$' ? Numbers(arguments.Sequence())
            : Named(arguments.Keyword());
        _depth--;
        return key;
    }

    private IReadOnlyList<SearchKey> Nested() =>
        arguments.List(Key) is { Count: > 0 } keys ? keys : throw new ImapSyntaxException("A search key is missing");

    private SearchKey Named(string name) => name switch
    {
        "ALL" => Holds(_ => true),
        "ANSWERED" => Has(MessageFlags.Answered),
        "UNANSWERED" => HasNot(MessageFlags.Answered),
        "DELETED" => Has(MessageFlags.Deleted),
        "UNDELETED" => HasNot(MessageFlags.Deleted),
        "DRAFT" => Has(MessageFlags.Draft),
        "UNDRAFT" => HasNot(MessageFlags.Draft),
        "FLAGGED" => Has(MessageFlags.Flagged),
        "UNFLAGGED" => HasNot(MessageFlags.Flagged),
        "SEEN" => Has(MessageFlags.Seen),
        "UNSEEN" => HasNot(MessageFlags.Seen),
        "RECENT" when !imap.IsRev2 => Holds(m => _folder.IsRecent(m.Message)),
        "OLD" when !imap.IsRev2 => Holds(m => !_folder.IsRecent(m.Message)),
        "NEW" when !imap.IsRev2 => Holds(m => _folder.IsRecent(m.Message) && !m.Message.Flags.HasFlag(MessageFlags.Seen)),
        "KEYWORD" => Keyword(wanted: true),
        "UNKEYWORD" => Keyword(wanted: false),
        "BEFORE" => Stored((date, wanted) => date < wanted),
        "ON" => Stored((date, wanted) => date == wanted),
        "SINCE" => Stored((date, wanted) => date >= wanted),
        "SENTBEFORE" => Sent((date, wanted) => date < wanted),
        "SENTON" => Sent((date, wanted) => date == wanted),
        "SENTSINCE" => Sent((date, wanted) => date >= wanted),
        "SAVEDBEFORE" => SaveDate.Key(arguments, (date, wanted) => date < wanted),
        "SAVEDON" => SaveDate.Key(arguments, (date, wanted) => date == wanted),
        "SAVEDSINCE" => SaveDate.Key(arguments, (date, wanted) => date >= wanted),
        "SAVEDATESUPPORTED" => Holds(_ => true),
        "LARGER" => Size((size, limit) => size > limit),
        "SMALLER" => Size((size, limit) => size < limit),
        "FROM" or "TO" or "CC" or "BCC" or "SUBJECT" => Field(name, Text()),
        "HEADER" => Field(Text(), Text()),
        "BODY" => Body(Text()),
        "TEXT" => Anywhere(Text()),
        "UID" => Uids(),
        "MODSEQ" => ModSeq(),
        "EMAILID" => EmailId(),
        "THREADID" => ThreadId(),
        "OLDER" => Aged((date, moment) => date <= moment),
        "YOUNGER" => Aged((date, moment) => date >= moment),
        "NOT" => Not(),
        "OR" => Or(),
        _ => throw new ImapSyntaxException("Unknown search key"),
    };

    private static SearchKey Holds(Func<Numbered, bool> holds) => new SearchKey.Metadata(holds);

    private static SearchKey Has(MessageFlags flag) => Holds(m => m.Message.Flags.HasFlag(flag));

    private static SearchKey HasNot(MessageFlags flag) => Holds(m => !m.Message.Flags.HasFlag(flag));

    private SearchKey Numbers(SequenceSet written)
    {
        if (written == SequenceSet.Saved)
            return Uids(written);
        var set = written.Upto((uint)_folder.Count);
        return Holds(m => set.Contains((uint)m.Number));
    }

    private SearchKey Uids()
    {
        arguments.Space();
        return Uids(arguments.Sequence());
    }

    private SearchKey Uids(SequenceSet written)
    {
        var set = written == SequenceSet.Saved ? NumberSet.Of(_folder.SavedResult) : written.Upto(_folder.GreatestUid);
        return Holds(m => set.Contains(m.Message.Uid));
    }

    private SearchKey Keyword(bool wanted)
    {
        arguments.Space();
        var keyword = arguments.Atom();
        return Holds(m => m.Message.Keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase) == wanted);
    }

    /// <summary>RFC 9051, 6.4.4: the internal date, disregarding time and time zone.</summary>
    private SearchKey Stored(Func<DateOnly, DateOnly, bool> compare)
    {
        arguments.Space();
        var wanted = arguments.Date();
        return Holds(m => compare(DateOnly.FromDateTime(m.Message.InternalDate.DateTime), wanted));
    }

    /// <summary>RFC 5032: seconds before now.</summary>
    private SearchKey Aged(Func<DateTimeOffset, DateTimeOffset, bool> compare)
    {
        arguments.Space();
        var seconds = arguments.Number();
        if (seconds == 0)
            throw new ImapSyntaxException("Now is no age");
        var moment = imap.Connection.Now.AddSeconds(-(double)seconds);
        return Holds(m => compare(m.Message.InternalDate, moment));
    }

    private SearchKey Sent(Func<DateOnly, DateOnly, bool> compare)
    {
        arguments.Space();
        var wanted = arguments.Date();
        return new SearchKey.Content(ContentScope.Header, text => text.SentOn is { } date && compare(date, wanted), OfFacts: true);
    }

    private SearchKey Size(Func<long, uint, bool> compare)
    {
        arguments.Space();
        var limit = arguments.Number();
        return Holds(m => compare(m.Message.Size, limit));
    }

    private static SearchKey Field(string name, string wanted) =>
        new SearchKey.Content(ContentScope.Header, text => text.FieldContains(name, wanted), HeaderFacts.Has(name));

    private static SearchKey Body(string wanted) => new SearchKey.Content(ContentScope.Whole, text => text.BodyContains(wanted));

    private static SearchKey Anywhere(string wanted) => new SearchKey.Content(ContentScope.Whole, text => text.Contains(wanted));

    private SearchKey EmailId()
    {
        NeedsContentIds = true;
        arguments.Space();
        var wanted = arguments.Atom();
        return Holds(m => _folder.ContentId(m.Message.Uid) == wanted);
    }

    /// <summary>There are none to be found.</summary>
    private SearchKey ThreadId()
    {
        arguments.Space();
        arguments.Atom();
        return Holds(_ => false);
    }

    /// <summary>RFC 7162, 3.1.5. Messages have one MODSEQ for all their flags, so the flag that may be named makes no difference.</summary>
    private SearchKey ModSeq()
    {
        AsksForModSeq = true;
        arguments.Space();
        if (arguments.PeekIs('"'))
        {
            arguments.String();
            arguments.Space();
            if (arguments.Keyword() is not ("PRIV" or "SHARED" or "ALL"))
                throw new ImapSyntaxException("PRIV, SHARED or ALL is missing");
            arguments.Space();
        }

        var least = arguments.Number64();
        return Holds(m => m.Message.ModSeq >= least);
    }

    private SearchKey Not()
    {
        arguments.Space();
        return new SearchKey.Not(Key());
    }

    private SearchKey Or()
    {
        arguments.Space();
        var left = Key();
        arguments.Space();
        return new SearchKey.Or(left, Key());
    }

    private string Text()
    {
        arguments.Space();
        return CredentialText.Decode(arguments.AString()) ?? throw new ImapSyntaxException("The text is not UTF-8");
    }
}
