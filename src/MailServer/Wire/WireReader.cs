using System.Buffers;
using System.IO.Pipelines;

namespace AdminPortal.MailServer.Wire;

internal enum LineEnd
{
    /// <summary>A line that ended with CRLF, as all must.</summary>
    CrLf,

    /// <summary>A line that ended with LF alone; it was consumed.</summary>
    BareLf,

    /// <summary>More octets than allowed without an end; nothing was consumed, and the line's beginning is told.</summary>
    TooLong,

    /// <summary>The client hung up; what came before without a line end is dropped.</summary>
    EndOfInput,
}

/// <param name="Bytes">Without the line end.</param>
internal readonly record struct WireLine(LineEnd End, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Reads lines and counted octets from a pipe. Only CRLF ends a line; a limit is kept before memory is taken, because the pipe holds
/// no more than the limit plus one transport buffer.
/// </summary>
internal sealed class WireReader(PipeReader pipe)
{
    /// <summary>As much of a line that is too long as tells which command it is.</summary>
    private const int Beginning = 64;

    /// <summary>For whoever takes over the octets: lines are read no more.</summary>
    public PipeReader Pipe => pipe;

    /// <summary>Octets read beside lines: literals and messages.</summary>
    public long Taken { get; private set; }

    /// <summary>A line that is already here, without waiting.</summary>
    public bool TryReadLine(int limit, out WireLine line)
    {
        line = default;
        return pipe.TryRead(out var read) && Take(read, limit, out line);
    }

    public async ValueTask<WireLine> ReadLineAsync(int limit, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            if (Take(read, limit, out var line))
                return line;
        }
    }

    /// <summary>Exactly this many octets, or null when the client hung up before.</summary>
    public async ValueTask<byte[]?> ReadExactlyAsync(int count, CancellationToken cancellationToken)
    {
        var read = await pipe.ReadAtLeastAsync(count, cancellationToken);
        if (read.Buffer.Length < count)
        {
            pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            return null;
        }

        var bytes = read.Buffer.Slice(0, count).ToArray();
        pipe.AdvanceTo(read.Buffer.GetPosition(count));
        Taken += count;
        return bytes;
    }

    /// <summary>
    /// Hands over whatever is here, at least one octet; <paramref name="consume"/> says how many it took. False: the client hung up and
    /// nothing was left.
    /// </summary>
    public async ValueTask<bool> ReadSomeAsync(Func<ReadOnlySequence<byte>, long> consume, CancellationToken cancellationToken)
    {
        var read = await pipe.ReadAsync(cancellationToken);
        var taken = consume(read.Buffer);
        Taken += taken;
        var rest = read.Buffer.Slice(taken);
        pipe.AdvanceTo(rest.Start, taken == 0 ? rest.End : rest.Start);
        return taken > 0 || !read.IsCompleted;
    }

    /// <summary>True when octets lie in the buffer that nobody has read: at STARTTLS they were sent too early.</summary>
    public bool HasBuffered()
    {
        if (!pipe.TryRead(out var read))
            return false;
        pipe.AdvanceTo(read.Buffer.Start);
        return read.Buffer.Length > 0;
    }

    private bool Take(ReadResult read, int limit, out WireLine line)
    {
        var buffer = read.Buffer;
        if (buffer.PositionOf((byte)'\n') is { } lineFeed && buffer.Slice(0, lineFeed).Length <= limit)
        {
            var bytes = buffer.Slice(0, lineFeed).ToArray();
            pipe.AdvanceTo(buffer.GetPosition(1, lineFeed));
            line = bytes is [.., (byte)'\r']
                ? new WireLine(LineEnd.CrLf, bytes.AsMemory(0, bytes.Length - 1))
                : new WireLine(LineEnd.BareLf, bytes);
            return true;
        }

        var end = buffer.Length > limit ? LineEnd.TooLong : LineEnd.EndOfInput;
        var beginning = end == LineEnd.TooLong ? buffer.Slice(0, Math.Min(buffer.Length, Beginning)).ToArray() : [];
        // What is too long may be read again with another limit: it counts as not looked at.
        pipe.AdvanceTo(buffer.Start, end == LineEnd.TooLong ? buffer.Start : buffer.End);
        line = new WireLine(end, beginning);
        return end == LineEnd.TooLong || read.IsCompleted || read.IsCanceled;
    }
}
