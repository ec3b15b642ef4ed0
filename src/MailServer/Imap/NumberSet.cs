using System.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// Message numbers or UIDs as ascending ranges that do not touch, so that any set a client can name is small and is looked up by halving.
/// </summary>
internal sealed class NumberSet
{
    public static readonly NumberSet Empty = new([]);

    private readonly List<UidRange> _ranges;

    private NumberSet(List<UidRange> ranges) => _ranges = ranges;

    public IReadOnlyList<UidRange> Ranges => _ranges;

    public bool IsEmpty => _ranges.Count == 0;

    public static NumberSet Of(IEnumerable<UidRange> ranges)
    {
        var merged = new List<UidRange>();
        foreach (var range in ranges.OrderBy(range => range.From))
            if (merged.Count > 0 && range.From <= (ulong)merged[^1].To + 1)
                merged[^1] = merged[^1] with { To = Math.Max(merged[^1].To, range.To) };
            else
                merged.Add(range);
        return new NumberSet(merged);
    }

    /// <param name="numbers">Ascending.</param>
    public static NumberSet Of(IEnumerable<uint> numbers) => new([.. UidRange.Of(numbers)]);

    /// <summary>One by one: only for sets that are known to be small, or to be left early.</summary>
    public IEnumerable<uint> All()
    {
        foreach (var (from, to) in _ranges)
            for (ulong number = from; number <= to; number++)
                yield return (uint)number;
    }

    /// <summary>What both have, in one walk over both.</summary>
    public NumberSet And(NumberSet other)
    {
        var both = new List<UidRange>();
        for (int mine = 0, theirs = 0; mine < _ranges.Count && theirs < other._ranges.Count;)
        {
            var (from, to) = (Math.Max(_ranges[mine].From, other._ranges[theirs].From), Math.Min(_ranges[mine].To, other._ranges[theirs].To));
            if (from <= to)
                both.Add(new UidRange(from, to));
            if (_ranges[mine].To < other._ranges[theirs].To)
                mine++;
            else
                theirs++;
        }

        return new NumberSet(both);
    }

    public NumberSet Above(uint number) => number == uint.MaxValue ? Empty : And(new NumberSet([new UidRange(number + 1, uint.MaxValue)]));

    public bool Contains(uint number)
    {
        var (low, high) = (0, _ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (number < _ranges[middle].From)
                high = middle - 1;
            else if (number > _ranges[middle].To)
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    /// <summary>As the wire has it: <c>1:3,5</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (from, to) in _ranges)
            text.Append(text.Length > 0 ? "," : "").Append(from).Append(to > from ? $":{to}" : "");
        return text.ToString();
    }
}
