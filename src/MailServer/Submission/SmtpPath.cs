using System.Buffers;
using System.Globalization;
using System.Text;

namespace AdminPortal.MailServer.Submission;

/// <summary>
/// The argument of MAIL and RCPT (RFC 5321, 4.1.2): <c>FROM:&lt;path&gt; parameters</c>. A source route is read and dropped (RFC 5321,
/// appendix C). Letters beyond ASCII are in the grammar (RFC 6531, 3.3); whether the client may use them is not decided here.
/// </summary>
/// <param name="Address">Empty for the null reverse-path.</param>
internal sealed record SmtpPath(string Address, IReadOnlyList<string> Parameters)
{
    private const int LongestAddress = 254;
    private const int LongestLocalPart = 64;

    private static readonly SearchValues<char> Atom =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~");

    private static readonly SearchValues<char> Domain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Null when the argument does not follow the grammar.</summary>
    public static SmtpPath? Parse(string arguments, string keyword)
    {
        if (!arguments.StartsWith(keyword, StringComparison.OrdinalIgnoreCase))
            return null;
        // Old clients put a space before the path.
        var rest = arguments[keyword.Length..].TrimStart(' ');
        if (!rest.StartsWith('<') || EndOfPath(rest) is not (> 0 and var end))
            return null;
        var address = WithoutRoute(rest[1..end]);
        var parameters = rest[(end + 1)..];
        if (parameters.Length > 0 && parameters[0] != ' ')
            return null;
        return address.Length == 0 || IsAddress(address)
            ? new SmtpPath(address, parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            : null;
    }

    /// <summary>A parameter's name, in capitals, and its value, which may be empty.</summary>
    public static (string Name, string Value) Parameter(string word) =>
        word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
            ? (word[..equals].ToUpperInvariant(), word[(equals + 1)..])
            : (word.ToUpperInvariant(), "");

    public static bool IsAddress(string address)
    {
        var at = address.LastIndexOf('@');
        return Encoding.UTF8.GetByteCount(address) <= LongestAddress && at > 0 && Encoding.UTF8.GetByteCount(address.AsSpan(0, at)) <= LongestLocalPart
            && IsLocalPart(address[..at]) && IsDomain(address[(at + 1)..]);
    }

    /// <summary>The closing bracket, which a quoted local part may hold too.</summary>
    private static int EndOfPath(string text)
    {
        var quoted = false;
        for (var index = 1; index < text.Length; index++)
        {
            if (quoted && text[index] == '\\')
                index++;
            else if (text[index] == '"')
                quoted = !quoted;
            else if (text[index] == '>' && !quoted)
                return index;
        }

        return -1;
    }

    private static string WithoutRoute(string path) =>
        path.StartsWith('@') && path.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? path[(colon + 1)..] : path;

    private static bool IsLocalPart(string text) =>
        text.StartsWith('"') ? IsQuoted(text) : text.Split('.').All(word => word.Length > 0 && IsOf(word, Atom));

    private static bool IsQuoted(string text)
    {
        if (text.Length < 3 || !text.EndsWith('"'))
            return false;
        for (var index = 1; index < text.Length - 1; index++)
            if (text[index] == '"' || (text[index] == '\\' && ++index == text.Length - 1))
                return false;
        return true;
    }

    private static bool IsDomain(string text) =>
        text is ['[', .. var literal, ']']
            ? literal.Length > 0 && literal.All(c => char.IsAsciiHexDigit(c) || c is '.' or ':' or 'I' or 'P' or 'v')
            : text.Split('.').All(IsLabel);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && IsOf(label, Domain);

    private static bool IsOf(string word, SearchValues<char> ascii) => word.All(c => c > '\x7f' ? char.IsLetterOrDigit(c) || char.IsSurrogate(c) || IsMark(c) : ascii.Contains(c));

    // Accents that stand alone and the joiners of Indic scripts are parts of words.
    private static bool IsMark(char c) => char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
