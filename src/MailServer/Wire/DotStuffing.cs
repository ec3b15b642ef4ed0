namespace AdminPortal.MailServer.Wire;

/// <summary>
/// Writes a message as the multi-line answer of RFC 1939, 3: a dot before each line that begins with one, CRLF line ends whatever was
/// stored, and the final line with a single dot. Fed in pieces of any size.
/// </summary>
internal sealed class DotStuffing(WireWriter output)
{
    private bool _lineStart = true;
    private bool _afterCr;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_lineStart && bytes[0] == (byte)'.')
                output.Write("."u8);
            var lineFeed = bytes.IndexOf((byte)'\n');
            var line = lineFeed < 0 ? bytes : bytes[..lineFeed];
            output.Write(line);
            if (!line.IsEmpty)
                _afterCr = line[^1] == (byte)'\r';
            _lineStart = lineFeed >= 0;
            if (lineFeed < 0)
                return;
            output.Write(_afterCr ? "\n"u8 : "\r\n"u8);
            _afterCr = false;
            bytes = bytes[(lineFeed + 1)..];
        }
    }

    public void End()
    {
        if (!_lineStart)
            output.EndLine();
        output.Write(".\r\n"u8);
    }
}
