using System.Globalization;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// A set of message numbers or UIDs as a client writes it (RFC 9051, 9: sequence-set). <c>*</c> is the greatest that exists; ranges may be
/// written either way round. Kept as ranges, so <c>1:4294967295</c> costs nothing. <c>$</c> stands for the last search's saved result.
/// </summary>
internal sealed class SequenceSet
{
    /// <summary>RFC 5182: <c>$</c>.</summary>
    public static readonly SequenceSet Saved = new([]);

    /// <summary>Stands for <c>*</c>, which is no number.</summary>
    private const uint Star = 0;

    private readonly List<(uint From, uint To)> _ranges;

    private SequenceSet(List<(uint From, uint To)> ranges) => _ranges = ranges;

    public static SequenceSet Parse(string text) => new([.. text.Split(',').Select(ParseRange)]);

    public bool HasStar => _ranges.Any(range => range.From == Star || range.To == Star);

    /// <summary>The set with <c>*</c> put in.</summary>
    public NumberSet Upto(uint greatest) => NumberSet.Of(_ranges.Select(range =>
    {
        var (a, b) = (range.From == Star ? greatest : range.From, range.To == Star ? greatest : range.To);
        return a <= b ? new UidRange(a, b) : new UidRange(b, a);
    }));

    /// <summary>True when a number without <c>*</c> lies above the greatest.</summary>
    public bool Exceeds(uint greatest) => _ranges.Any(range => range.From > greatest || range.To > greatest);

    /// <summary>UIDs as COPYUID and APPENDUID want them: in their order, ascending runs as ranges.</summary>
    public static string Format(IEnumerable<uint> numbers)
    {
        var runs = new List<(uint From, uint To)>();
        foreach (var number in numbers)
            if (runs.Count > 0 && runs[^1].To + 1 == number)
                runs[^1] = (runs[^1].From, number);
            else
                runs.Add((number, number));
        return string.Join(',', runs.Select(run => run.From == run.To ? $"{run.From}" : $"{run.From}:{run.To}"));
    }

    private static (uint From, uint To) ParseRange(string range)
    {
        var colon = range.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? (ParseNumber(range), ParseNumber(range))
            : (ParseNumber(range[..colon]), ParseNumber(range[(colon + 1)..]));
    }

    private static uint ParseNumber(string text) =>
        text == "*" ? Star
        : uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new ImapSyntaxException("The sequence set is not one");
}
