namespace AdminPortal.MailServer.Imap;

/// <summary>What a search key can say about a message before its content was read.</summary>
internal enum Match
{
    No,
    Yes,

    /// <summary>Only the content can tell.</summary>
    Unknown,
}

/// <summary>
/// A search program as a tree (RFC 9051, 6.4.4). It is asked twice: first with the snapshot alone, and only for the messages about which
/// that says <see cref="Match.Unknown"/> again with their content. So a cheap key spares reading, wherever it stands.
/// </summary>
internal abstract record SearchKey
{
    private SearchKey() { }

    /// <summary>What has to be read to be sure; null for nothing.</summary>
    public virtual ContentScope? Scope => null;

    /// <summary>Whether <see cref="HeaderFacts"/> tell all that has to be read.</summary>
    public virtual bool AsksFactsAlone => true;

    /// <param name="content">Null on the first asking.</param>
    public abstract Match Ask(Numbered message, SearchText? content);

    public sealed record Metadata(Func<Numbered, bool> Holds) : SearchKey
    {
        public override Match Ask(Numbered message, SearchText? content) => Holds(message) ? Match.Yes : Match.No;
    }

    public sealed record Content(ContentScope Needs, Func<SearchText, bool> Holds, bool OfFacts = false) : SearchKey
    {
        public override bool AsksFactsAlone => OfFacts;

        public override ContentScope? Scope => Needs;

        public override Match Ask(Numbered message, SearchText? content) =>
            content is null ? Match.Unknown : Holds(content) ? Match.Yes : Match.No;
    }

    public sealed record All(IReadOnlyList<SearchKey> Keys) : SearchKey
    {
        public override ContentScope? Scope => Keys.Max(key => key.Scope);

        public override bool AsksFactsAlone => Keys.All(key => key.AsksFactsAlone);

        public override Match Ask(Numbered message, SearchText? content)
        {
            var sure = Match.Yes;
            foreach (var key in Keys)
            {
                var match = key.Ask(message, content);
                if (match == Match.No)
                    return Match.No;
                if (match == Match.Unknown)
                    sure = Match.Unknown;
            }

            return sure;
        }
    }

    public sealed record Not(SearchKey Key) : SearchKey
    {
        public override ContentScope? Scope => Key.Scope;

        public override bool AsksFactsAlone => Key.AsksFactsAlone;

        public override Match Ask(Numbered message, SearchText? content) => Key.Ask(message, content) switch
        {
            Match.Yes => Match.No,
            Match.No => Match.Yes,
            _ => Match.Unknown,
        };
    }

    public sealed record Or(SearchKey Left, SearchKey Right) : SearchKey
    {
        public override ContentScope? Scope => new[] { Left.Scope, Right.Scope }.Max();

        public override bool AsksFactsAlone => Left.AsksFactsAlone && Right.AsksFactsAlone;

        public override Match Ask(Numbered message, SearchText? content)
        {
            var left = Left.Ask(message, content);
            if (left == Match.Yes)
                return Match.Yes;
            var right = Right.Ask(message, content);
            return right == Match.Yes ? Match.Yes : left == Match.Unknown || right == Match.Unknown ? Match.Unknown : Match.No;
        }
    }
}
