using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Takes a conversation down for an <see cref="IMailTranscript"/> so that nothing secret and nothing of a message is in it. It shows what it knows to
/// be harmless, and of all else that it was there: a password in the wrong place is no command.
/// </summary>
internal sealed class Scribe(MailProtocol protocol, IMailTranscript transcript)
{
    private const int LongestLine = 500;

    private static readonly FrozenSet<string> Signing = Words("LOGIN AUTHENTICATE AUTH PASS USER");

    private static readonly FrozenSet<string> OfImap = Words(
        "CAPABILITY NOOP LOGOUT ENABLE SELECT EXAMINE CREATE DELETE RENAME SUBSCRIBE UNSUBSCRIBE LIST LSUB NAMESPACE STATUS APPEND IDLE CHECK CLOSE "
        + "UNSELECT EXPUNGE SEARCH SORT THREAD FETCH STORE COPY MOVE UID ID GETQUOTA GETQUOTAROOT STARTTLS");

    private static readonly FrozenSet<string> OfPop3 = Words("CAPA STLS STAT LIST RETR DELE NOOP RSET QUIT TOP UIDL UTF8 LANG");
    private static readonly FrozenSet<string> OfSmtp = Words("EHLO HELO MAIL RCPT DATA BDAT RSET NOOP QUIT VRFY STARTTLS");

    private readonly StringBuilder _said = new();
    private long _inBlock;
    private long _taken;
    private bool _hides;
    private string? _unshown;

    public IMailTranscript Transcript => transcript;

    /// <param name="line">A command line, or what follows a literal within one.</param>
    /// <param name="taken">Octets read beside lines since the connection began.</param>
    public void Heard(ReadOnlySpan<byte> line, long taken)
    {
        if (taken > _taken)
            Add(TranscriptSide.Client, Octets(taken - _taken));
        _taken = taken;
        if (line.IsEmpty)
            return;
        var text = Encoding.UTF8.GetString(line);
        var shown = _hides ? "…" : Shown(text);
        // A command that is not shown may go on after a literal.
        _hides = shown != text && text.EndsWith('}');
        // The answer to an IMAP command begins with its first word (RFC 9051, 2.2.1), which may be what nobody should see.
        _unshown = protocol == MailProtocol.Imap && shown != text ? text.Split(' ')[0] : null;
        Add(TranscriptSide.Client, shown);
    }

    /// <param name="octets">What is sent.</param>
    /// <param name="insideBlock">Part of a message, or of a listing: only counted.</param>
    public void Said(ReadOnlySpan<byte> octets, bool insideBlock)
    {
        if (insideBlock)
            _inBlock += octets.Length;
        else
            Gather(Encoding.UTF8.GetString(octets));
    }

    public void Said(ReadOnlySpan<char> text, bool insideBlock)
    {
        if (insideBlock)
            _inBlock += Encoding.UTF8.GetByteCount(text);
        else
            Gather(text);
    }

    public void EndBlock()
    {
        if (_inBlock > 0)
            Add(TranscriptSide.Server, Octets(_inBlock));
        _inBlock = 0;
    }

    private void Gather(ReadOnlySpan<char> text)
    {
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            Keep(text[..end]);
            if (_said.ToString().TrimEnd('\r') is { Length: > 0 } line)
                Add(TranscriptSide.Server, WithoutUnshown(line));
            _said.Clear();
            text = text[(end + 1)..];
        }

        Keep(text);
    }

    private string WithoutUnshown(string line) =>
        _unshown is { Length: > 0 } word && line.StartsWith(word, StringComparison.Ordinal) ? $"…{line[word.Length..]}" : line;

    private void Keep(ReadOnlySpan<char> text) => _said.Append(text[..Math.Min(text.Length, Math.Max(0, LongestLine - _said.Length))]);

    private string Shown(string text)
    {
        if (protocol == MailProtocol.Imap && text.Equals("DONE", StringComparison.OrdinalIgnoreCase))
            return text;
        var words = text.Split(' ', 3);
        var name = (protocol == MailProtocol.Imap ? words.ElementAtOrDefault(1) : words[0])?.ToUpperInvariant() ?? "";
        if (Signing.Contains(name))
            return $"{name} …";
        return Harmless().Contains(name) ? text : $"(no command: {Octets(text.Length)[1..]}";
    }

    private FrozenSet<string> Harmless() => protocol switch
    {
        MailProtocol.Imap => OfImap,
        MailProtocol.Pop3 => OfPop3,
        _ => OfSmtp,
    };

    private void Add(TranscriptSide side, string line)
    {
        var plain = line.Any(char.IsControl) ? string.Concat(line.Select(c => char.IsControl(c) ? '?' : c)) : line;
        transcript.Add(side, plain.Length > LongestLine ? plain[..LongestLine] : plain);
    }

    private static string Octets(long count) => string.Create(CultureInfo.InvariantCulture, $"({count} octets)");

    private static FrozenSet<string> Words(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
