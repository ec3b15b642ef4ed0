namespace AdminPortal.MailServer;

/// <summary>UIDs from one to another, both included.</summary>
public readonly record struct UidRange(uint From, uint To)
{
    /// <param name="uids">Ascending, without duplicates.</param>
    public static IReadOnlyList<UidRange> Of(IEnumerable<uint> uids)
    {
        var ranges = new List<UidRange>();
        foreach (var uid in uids)
            if (ranges.Count > 0 && ranges[^1].To + 1 == uid)
                ranges[^1] = ranges[^1] with { To = uid };
            else
                ranges.Add(new UidRange(uid, uid));
        return ranges;
    }

    /// <summary>What lies between these UIDs: all that are gone, or never were, below the next one to be given.</summary>
    /// <param name="uids">Ascending, without duplicates.</param>
    public static IReadOnlyList<UidRange> Between(IEnumerable<uint> uids, uint uidNext)
    {
        var (gaps, next) = (new List<UidRange>(), 1u);
        foreach (var uid in uids.Append(uidNext))
        {
            if (uid > next)
                gaps.Add(new UidRange(next, uid - 1));
            next = uid + 1;
        }

        return gaps;
    }
}
