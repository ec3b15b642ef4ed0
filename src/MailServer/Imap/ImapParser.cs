using System.Globalization;
using System.Text;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// A cursor over one command (RFC 9051, 9). Literals lie in place, as <c>{n} CRLF octets</c>. Every method takes one thing of the grammar
/// or throws <see cref="ImapSyntaxException"/>; none looks back.
/// </summary>
internal sealed class ImapParser(ReadOnlyMemory<byte> text)
{
    private const string AtomSpecials = "(){ %*\"\\]";
    private int _at;

    public bool AtEnd => _at >= text.Length;

    public byte Peek => AtEnd ? (byte)0 : text.Span[_at];

    public bool PeekIs(char next) => !AtEnd && Peek == next;

    public bool TryTake(char next)
    {
        if (!PeekIs(next))
            return false;
        _at++;
        return true;
    }

    public void Take(char next)
    {
        if (!TryTake(next))
            throw new ImapSyntaxException(next == ' ' ? "A space is missing" : $"'{next}' is missing");
    }

    public void Space() => Take(' ');

    public void End()
    {
        if (!AtEnd)
            throw new ImapSyntaxException("Too many arguments");
    }

    /// <summary>Takes a word if it is the next one, in any case.</summary>
    public bool TryTakeWord(string word)
    {
        if (!StartsWith(word) || (_at + word.Length < text.Length && IsAtom(text.Span[_at + word.Length])))
            return false;
        _at += word.Length;
        return true;
    }

    /// <summary>Takes a text if just that stands here, in any case.</summary>
    public bool TryTakeText(string text)
    {
        if (!StartsWith(text))
            return false;
        _at += text.Length;
        return true;
    }

    public string Tag() => Word(c => IsAString(c) && c != '+', "A tag is missing");

    public string Atom() => Word(IsAtom, "A word is missing");

    /// <summary>An atom in capitals: command and item names are written in any case.</summary>
    public string Keyword() => Atom().ToUpperInvariant();

    /// <summary>A word of letters, digits, dots and dashes only, so that <c>[</c> and <c>&lt;</c> end it.</summary>
    public string Name() =>
        Word(c => char.IsAsciiLetterOrDigit((char)c) || c is (byte)'.' or (byte)'-', "A name is missing").ToUpperInvariant();

    public byte[] AString() => PeekIs('"') ? Quoted() : PeekIs('{') ? Literal() : TakeWhile(IsAString, "An argument is missing");

    public byte[] String() => PeekIs('"') ? Quoted() : Literal();

    /// <summary>Null for NIL.</summary>
    public byte[]? NString() => TryTakeWord("NIL") ? null : String();

    /// <summary>A list-mailbox: a string, or an atom in which the wildcards may stand.</summary>
    public byte[] Pattern() => PeekIs('"') ? Quoted() : PeekIs('{') ? Literal()
        : TakeWhile(c => IsAString(c) || c is (byte)'%' or (byte)'*', "A pattern is missing");

    public uint Number()
    {
        var digits = Word(char.IsAsciiDigit, "A number is missing");
        return uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ImapSyntaxException("The number is too great");
    }

    public long Number64()
    {
        var digits = Word(char.IsAsciiDigit, "A number is missing");
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new ImapSyntaxException("The number is too great");
    }

    public SequenceSet Sequence() => TryTake('$') ? SequenceSet.Saved
        : SequenceSet.Parse(Word(c => char.IsAsciiDigit(c) || c is ':' or ',' or '*', "A sequence set is missing"));

    /// <summary>A system flag or keyword, as spelled.</summary>
    public string Flag() => TryTake('\\') ? "\\" + Atom() : Atom();

    public IReadOnlyList<T> List<T>(Func<T> item)
    {
        var items = new List<T>();
        Take('(');
        while (!TryTake(')'))
        {
            if (items.Count > 0)
                Space();
            items.Add(item());
        }

        return items;
    }

    /// <summary><c>"dd-Mon-yyyy hh:mm:ss +zzzz"</c> of APPEND; the day may have a space for its first digit.</summary>
    public DateTimeOffset DateTime()
    {
        var written = Encoding.ASCII.GetString(Quoted()).TrimStart();
        return DateTimeOffset.TryParseExact(
            written.Length > 5 ? written.Insert(written.Length - 2, ":") : written, "d-MMM-yyyy HH:mm:ss zzz",
            CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new ImapSyntaxException("The date is not one");
    }

    /// <summary><c>d-Mon-yyyy</c> of SEARCH, quoted or not.</summary>
    public DateOnly Date()
    {
        var written = Encoding.ASCII.GetString(PeekIs('"') ? Quoted() : TakeWhile(IsAtom, "A date is missing"));
        return DateOnly.TryParseExact(written, "d-MMM-yyyy", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : throw new ImapSyntaxException("The date is not one");
    }

    private byte[] Quoted()
    {
        Take('"');
        var octets = new List<byte>();
        while (!TryTake('"'))
        {
            if (AtEnd)
                throw new ImapSyntaxException("The closing quote is missing");
            if (TryTake('\\') && Peek is not ((byte)'"' or (byte)'\\'))
                throw new ImapSyntaxException("Only quote and backslash can be escaped");
            octets.Add(Peek);
            _at++;
        }

        return [.. octets];
    }

    private byte[] Literal()
    {
        Take('{');
        var size = Number();
        TryTake('+');
        Take('}');
        Take('\r');
        Take('\n');
        if (size > text.Length - _at)
            throw new ImapSyntaxException("The literal is shorter than announced");
        var octets = text.Slice(_at, (int)size).ToArray();
        _at += (int)size;
        return octets;
    }

    private string Word(Func<byte, bool> belongs, string otherwise) => Encoding.ASCII.GetString(TakeWhile(belongs, otherwise));

    private string Word(Func<char, bool> belongs, string otherwise) => Word((byte c) => belongs((char)c), otherwise);

    private byte[] TakeWhile(Func<byte, bool> belongs, string otherwise)
    {
        var from = _at;
        while (!AtEnd && belongs(Peek))
            _at++;
        return _at > from ? text[from.._at].ToArray() : throw new ImapSyntaxException(otherwise);
    }

    private bool StartsWith(string word)
    {
        if (text.Length - _at < word.Length)
            return false;
        for (var index = 0; index < word.Length; index++)
            if (char.ToUpperInvariant((char)text.Span[_at + index]) != word[index])
                return false;
        return true;
    }

    private static bool IsAtom(byte c) => c is > 32 and < 127 && !AtomSpecials.Contains((char)c, StringComparison.Ordinal);

    private static bool IsAString(byte c) => IsAtom(c) || c == ']';
}
