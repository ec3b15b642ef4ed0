using System.Buffers;

namespace AdminPortal.MailServer.Imap;

/// <summary>
/// Makes each LF that comes without CR into CRLF, as the seam promises its readers, and notes whether there was a NUL,
/// which no message may hold (RFC 9051, 9: CHAR8). Fed in pieces.
/// </summary>
internal sealed class LineEnds
{
    private byte _last;

    public bool SawNul { get; private set; }

    public IEnumerable<byte[]> Normalise(ReadOnlySequence<byte> octets)
    {
        foreach (var segment in octets)
            yield return Normalise(segment.Span);
    }

    private byte[] Normalise(ReadOnlySpan<byte> octets)
    {
        SawNul |= octets.Contains((byte)0);
        var normal = new ArrayBufferWriter<byte>(octets.Length + 64);
        while (!octets.IsEmpty)
        {
            var lineFeed = octets.IndexOf((byte)'\n');
            var line = lineFeed < 0 ? octets : octets[..lineFeed];
            normal.Write(line);
            if (!line.IsEmpty)
                _last = line[^1];
            if (lineFeed < 0)
                break;
            normal.Write(_last == (byte)'\r' ? "\n"u8 : "\r\n"u8);
            _last = (byte)'\n';
            octets = octets[(lineFeed + 1)..];
        }

        return normal.WrittenSpan.ToArray();
    }
}
