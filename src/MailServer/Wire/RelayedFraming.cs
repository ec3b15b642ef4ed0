namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Follows what another server says just far enough to know whether a word of our own may stand here: at the start of a line, and not within an
/// IMAP literal or a POP3 or SMTP answer of many lines that is not over yet.
/// </summary>
internal sealed class RelayedFraming(MailProtocol protocol)
{
    private readonly byte[] _end = new byte[24];
    private int _length;
    private long _literal;
    private bool _inBlock;
    private bool _afterLiteral;

    public bool IsBetweenLines => _length == 0 && _literal == 0 && !_inBlock && !_afterLiteral;

    public void Take(ReadOnlySpan<byte> said)
    {
        while (said.Length > 0)
        {
            if (_literal > 0)
            {
                var within = (int)Math.Min(_literal, said.Length);
                _literal -= within;
                // The line goes on behind it.
                _afterLiteral = true;
                said = said[within..];
                continue;
            }

            var lineFeed = said.IndexOf((byte)'\n');
            Keep(lineFeed < 0 ? said : said[..(lineFeed + 1)]);
            if (lineFeed < 0)
                return;
            EndLine();
            said = said[(lineFeed + 1)..];
        }
    }

    /// <summary>The first octets of a line tell a POP3 or SMTP answer's kind, the last ones an IMAP literal.</summary>
    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (protocol != MailProtocol.Imap)
        {
            piece[..Math.Min(piece.Length, Math.Max(0, _end.Length - _length))].CopyTo(_end.AsSpan(Math.Min(_length, _end.Length)));
            _length += piece.Length;
            return;
        }

        if (piece.Length < _end.Length && _length + piece.Length > _end.Length)
        {
            var kept = _end.Length - piece.Length;
            _end.AsSpan(Math.Min(_length, _end.Length) - kept, kept).CopyTo(_end);
            _length = kept;
        }
        else if (piece.Length >= _end.Length)
        {
            piece = piece[^_end.Length..];
            _length = 0;
        }

        piece.CopyTo(_end.AsSpan(_length));
        _length += piece.Length;
    }

    private void EndLine()
    {
        var line = _end.AsSpan(0, Math.Min(_length, _end.Length));
        (_length, _afterLiteral) = (0, false);
        switch (protocol)
        {
            case MailProtocol.Imap:
                _literal = LiteralAtEnd(line);
                break;
            case MailProtocol.Pop3:
                // A status line may begin an answer of many lines; only the next piece would tell. What cannot be one is inside.
                _inBlock = !line.SequenceEqual(".\r\n"u8) && !line.StartsWith("+OK"u8) && !line.StartsWith("-ERR"u8);
                break;
            default:
                _inBlock = line is [_, _, _, (byte)'-', ..];
                break;
        }
    }

    /// <summary>RFC 9051, 4.3: <c>{n}</c> at the end of a line announces n octets; RFC 3516: after a tilde too.</summary>
    private static long LiteralAtEnd(ReadOnlySpan<byte> line)
    {
        if (!line.EndsWith("}\r\n"u8))
            return 0;
        var digits = line[(line.LastIndexOf((byte)'{') + 1)..^3];
        return System.Buffers.Text.Utf8Parser.TryParse(digits, out long size, out var read) && read == digits.Length && size > 0 ? size : 0;
    }
}
