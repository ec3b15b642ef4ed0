using System.Buffers;

namespace AdminPortal.MailServer.Submission;

internal enum DataState
{
    Open,
    Complete,

    /// <summary>Complete, but larger than allowed; what was too much is not kept.</summary>
    TooLarge,

    /// <summary>Complete, but with a NUL in it.</summary>
    HasNul,

    /// <summary>A CR without LF or a LF without CR: where the message ends is now a matter of opinion.</summary>
    BareLineEnd,
}

/// <summary>
/// Takes a message off the wire (RFC 5321, 4.5.2): only CRLF.CRLF ends it, the dot in front of a line that begins with one is taken away,
/// and what follows the end is left for the next command. Fed in pieces of any size.
/// </summary>
internal sealed class DataReader(long limit)
{
    private static readonly SearchValues<byte> Special = SearchValues.Create("\r\n\0"u8);

    private enum At
    {
        LineStart,
        Line,
        Cr,
        Dot,
        DotCr,
    }

    private readonly ArrayBufferWriter<byte> _text = new(4_096);
    private At _at = At.LineStart;
    private long _length;
    private bool _sawNul;

    public DataState State { get; private set; }

    /// <summary>Takes octets up to the end of the message and says how many it took.</summary>
    public long Take(ReadOnlySequence<byte> octets)
    {
        var taken = 0L;
        foreach (var segment in octets)
        {
            taken += Take(segment.Span);
            if (State != DataState.Open)
                break;
        }

        return taken;
    }

    /// <summary>What was taken since the last time, unstuffed.</summary>
    public ReadOnlyMemory<byte> Drain()
    {
        var text = _text.WrittenSpan.ToArray();
        _text.ResetWrittenCount();
        return text;
    }

    private int Take(ReadOnlySpan<byte> octets)
    {
        for (var index = 0; index < octets.Length; index++)
        {
            if (_at == At.Line)
            {
                var special = octets[index..].IndexOfAny(Special);
                var run = special < 0 ? octets.Length - index : special;
                Keep(octets.Slice(index, run));
                index += run;
                if (index == octets.Length)
                    break;
            }

            Step(octets[index]);
            if (State != DataState.Open)
                return index + 1;
        }

        return octets.Length;
    }

    private void Step(byte octet)
    {
        switch (_at, octet)
        {
            case (At.Cr, (byte)'\n'):
                Keep("\r\n"u8);
                _at = At.LineStart;
                break;
            case (At.DotCr, (byte)'\n'):
                State = _length > limit ? DataState.TooLarge : _sawNul ? DataState.HasNul : DataState.Complete;
                break;
            case (At.Cr or At.DotCr, _) or (_, (byte)'\n'):
                State = DataState.BareLineEnd;
                break;
            case (At.Dot, (byte)'\r'):
                _at = At.DotCr;
                break;
            case (_, (byte)'\r'):
                _at = At.Cr;
                break;
            case (At.LineStart, (byte)'.'):
                _at = At.Dot;
                break;
            default:
                _sawNul |= octet == 0;
                Keep([octet]);
                _at = At.Line;
                break;
        }
    }

    private void Keep(ReadOnlySpan<byte> text)
    {
        _length += text.Length;
        if (_length <= limit)
            _text.Write(text);
    }
}
