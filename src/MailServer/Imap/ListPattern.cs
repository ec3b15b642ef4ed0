namespace AdminPortal.MailServer.Imap;

/// <summary>
/// A LIST pattern (RFC 9051, 6.3.9): <c>*</c> matches anything, <c>%</c> anything without a separator. Matched by moving a set of positions
/// along the name, so the worst pattern costs its length times the name's.
/// </summary>
internal sealed class ListPattern(string pattern)
{
    public bool Matches(string name)
    {
        var reached = Close(new bool[pattern.Length + 1], 0);
        foreach (var c in name)
        {
            var next = new bool[pattern.Length + 1];
            for (var at = 0; at < pattern.Length; at++)
            {
                if (!reached[at])
                    continue;
                if (pattern[at] == '*' || (pattern[at] == '%' && c != FolderName.Separator))
                    Close(next, at);
                else if (pattern[at] == c)
                    Close(next, at + 1);
            }

            reached = next;
        }

        return reached[pattern.Length];
    }

    /// <summary>Marks a position, and those behind wildcards that match nothing.</summary>
    private bool[] Close(bool[] positions, int at)
    {
        positions[at] = true;
        for (; at < pattern.Length && pattern[at] is '*' or '%'; at++)
            positions[at + 1] = true;
        return positions;
    }
}
