using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The cell <c>EmailAddresses</c>: <c>SMTP:main@b smtp:other@b X500:/o=…</c>, joined by blanks, <c>;</c>, <c>,</c> or <c>|</c>, or as
/// PowerShell shows a collection: <c>{SMTP:main@b, smtp:other@b…}</c>. Upper-case SMTP marks the primary address. Addresses that are not
/// SMTP's (X500, SIP, SPO) mean nothing here.
/// </summary>
internal static class ProxyAddresses
{
    private const string Separators = " ;,|\r\n\t{}";

    public static bool IsTypeName(string cell) =>
        !cell.Contains('@') && (cell.StartsWith("System.", StringComparison.Ordinal) || cell.StartsWith("Microsoft.", StringComparison.Ordinal));

    /// <param name="cell">The text of the cell.</param>
    /// <param name="primary">The primary address, normalised; null when the cell names none.</param>
    /// <param name="all">Every address, normalised, each once.</param>
    /// <returns>The piece that claims to be an address and is none; null when all are well.</returns>
    public static string? Read(string cell, out string? primary, out List<string> all)
    {
        primary = null;
        all = [];
        var bareAllowed = true;
        foreach (var range in cell.AsSpan().SplitAny(Separators))
        {
            var piece = cell.AsSpan()[range];
            if (piece.IsEmpty || IsCutOff(ref piece, cell))
                continue;

            var colon = piece.IndexOf(':');
            // An X500 address holds blanks: behind a foreign prefix, what has no prefix is its remainder.
            if (colon >= 0)
                bareAllowed = false;
            var isSmtp = colon >= 0 ? piece[..colon].Equals("smtp", StringComparison.OrdinalIgnoreCase) : bareAllowed && piece.Contains('@');
            if (!isSmtp)
                continue;

            if (MailAddressName.Normalise(piece[(colon + 1)..].ToString()) is not { } address)
                return piece.ToString();
            if (colon >= 0 && piece[..colon].SequenceEqual("SMTP"))
                primary ??= address;
            if (!all.Contains(address))
                all.Add(address);
        }
        return null;
    }

    // "a, b…}" is a list of which PowerShell shows the first items, each whole; "a, b…" without the brace is a list cut in the middle of b.
    private static bool IsCutOff(ref ReadOnlySpan<char> piece, string cell)
    {
        var whole = piece.TrimEnd("….");
        if (whole.Length == piece.Length)
            return false;
        piece = whole;
        return !cell.AsSpan().TrimEnd().EndsWith("}");
    }
}
