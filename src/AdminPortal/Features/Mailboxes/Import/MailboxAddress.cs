using System.Buffers;
using System.Globalization;
using System.Text;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// A mailbox's address in the one form that is stored and compared: lower case, the domain in its ASCII form (RFC 5890). The local part is a
/// dot-atom (RFC 5322, 3.2.3) without <c>/</c>, which a path of the REST interface could not carry.
/// </summary>
internal static class MailboxAddress
{
    // RFC 5321, 4.5.3.1
    private const int LongestLocalPart = 64;
    private const int LongestDomain = 253;
    private const int LongestLabel = 63;
    private const int Longest = 254;

    private static readonly SearchValues<char> LocalPartCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-=?^_`{|}~.");

    private static readonly SearchValues<char> DomainCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    public static string? Normalise(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > 4 * Longest)
            return null;
        Span<char> text = stackalloc char[utf8.Length];
        return Normalise(text[..Encoding.UTF8.GetChars(utf8, text)]);
    }

    /// <summary>The address in its stored form; null when it is none.</summary>
    public static string? Normalise(ReadOnlySpan<char> address)
    {
        var at = address.LastIndexOf('@');
        if (at is < 1 or > LongestLocalPart || address.Length > Longest)
            return null;

        Span<char> lower = stackalloc char[address.Length];
        address.ToLowerInvariant(lower);
        if (!IsLocalPart(lower[..at]))
            return null;
        var domain = lower[(at + 1)..];
        if (Ascii.IsValid(domain))
            return IsDomain(domain) ? lower.ToString() : null;
        return AsciiDomain(domain.ToString()) is { } ascii && IsDomain(ascii) && at + 1 + ascii.Length <= Longest ? $"{lower[..at]}@{ascii}" : null;
    }

    private static bool IsLocalPart(ReadOnlySpan<char> text) =>
        !text.ContainsAnyExcept(LocalPartCharacters) && text[0] != '.' && text[^1] != '.' && text.IndexOf("..") < 0;

    private static bool IsDomain(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LongestDomain || text.ContainsAnyExcept(DomainCharacters) || !text.Contains('.'))
            return false;
        foreach (var label in text.Split('.'))
            if (text[label] is not { Length: > 0 and <= LongestLabel } part || part[0] == '-' || part[^1] == '-')
                return false;
        return true;
    }

    private static string? AsciiDomain(string domain)
    {
        try
        {
            return Idn.GetAscii(domain).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
