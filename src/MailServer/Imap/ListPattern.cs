namespace AdminPortal.MailServer.Imap;

/// <summary>
/// A LIST pattern (RFC 9051, 6.3.9): <c>*</c> matches anything, <c>%</c> anything without a separator. The positions of the pattern that a
/// name can have reached are bits of a few words, moved all at once, so a pattern made of wildcards costs no more than any other.
/// </summary>
internal sealed class ListPattern
{
    private readonly string _text;
    private readonly Dictionary<char, ulong[]> _places = [];
    private readonly ulong[] _stars;
    private readonly ulong[] _percents;

    public ListPattern(string pattern)
    {
        _text = Simplify(pattern);
        (_stars, _percents) = (Places('*'), Places('%'));
        foreach (var c in _text.Distinct().Where(c => c is not ('*' or '%')))
            _places[c] = Places(c);
    }

    public bool Matches(string name)
    {
        var reached = new ulong[_stars.Length];
        reached[0] = 1;
        PassWildcards(reached);
        foreach (var c in name)
            Step(reached, c);
        return (reached[_text.Length / 64] & (1UL << (_text.Length % 64))) != 0;
    }

    /// <summary>One wildcard is as good as several side by side, so none is followed by another.</summary>
    private static string Simplify(string pattern)
    {
        var text = new System.Text.StringBuilder(pattern.Length);
        foreach (var c in pattern)
            if (text.Length == 0 || c is not ('*' or '%') || text[^1] is not ('*' or '%'))
                text.Append(c);
            else if (c == '*')
                text[^1] = '*';
        return text.ToString();
    }

    private ulong[] Places(char wanted)
    {
        var places = new ulong[(_text.Length / 64) + 1];
        for (var at = 0; at < _text.Length; at++)
            if (_text[at] == wanted)
                places[at / 64] |= 1UL << (at % 64);
        return places;
    }

    /// <summary>Stays on a wildcard that takes the character, moves on over a character that matches.</summary>
    private void Step(ulong[] reached, char c)
    {
        var here = _places.GetValueOrDefault(c);
        var carry = 0UL;
        for (var word = 0; word < reached.Length; word++)
        {
            var moving = here is null ? 0 : reached[word] & here[word];
            var staying = reached[word] & (_stars[word] | (c == FolderName.Separator ? 0 : _percents[word]));
            reached[word] = staying | (moving << 1) | carry;
            carry = moving >> 63;
        }

        PassWildcards(reached);
    }

    /// <summary>A wildcard may match nothing.</summary>
    private void PassWildcards(ulong[] reached)
    {
        var carry = 0UL;
        for (var word = 0; word < reached.Length; word++)
        {
            reached[word] |= carry;
            var passing = reached[word] & (_stars[word] | _percents[word]);
            reached[word] |= passing << 1;
            carry = passing >> 63;
        }
    }
}
