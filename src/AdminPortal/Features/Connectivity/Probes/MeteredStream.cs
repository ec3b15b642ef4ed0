using System.Net.Sockets;

namespace AdminPortal.Features.Connectivity.Probes;

/// <summary>
/// The socket as the mail client gets it: it reads a limited number of octets, so that an endless answer ends, and remembers the first
/// ones, which tell a wrong protocol from a broken one.
/// </summary>
internal sealed class MeteredStream(NetworkStream inner, int mostOctets) : Stream
{
    private const int Remembered = 64;
    private readonly byte[] first = new byte[Remembered];
    private long octets;

    /// <summary>The first octets that came in, at most 64.</summary>
    public ReadOnlySpan<byte> First => first.AsSpan(0, (int)Math.Min(octets, Remembered));

    public bool LimitReached => octets > mostOctets;

    /// <summary>Returns when the server has sent something or hung up; nothing is taken from the stream.</summary>
    public async Task WaitForFirstAsync(CancellationToken cancellationToken) =>
        await inner.Socket.ReceiveAsync(new byte[1], SocketFlags.Peek, cancellationToken);

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override bool CanTimeout => inner.CanTimeout;
    public override int ReadTimeout { get => inner.ReadTimeout; set => inner.ReadTimeout = value; }
    public override int WriteTimeout { get => inner.WriteTimeout; set => inner.WriteTimeout = value; }
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        Count(buffer.Span[..read]);
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        var read = inner.Read(buffer, offset, count);
        Count(buffer.AsSpan(offset, read));
        return read;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => inner.Write(buffer, offset, count);

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private void Count(ReadOnlySpan<byte> read)
    {
        if (octets < Remembered) read[..Math.Min(read.Length, (int)(Remembered - octets))].CopyTo(first.AsSpan((int)octets));
        octets += read.Length;
        if (LimitReached) throw new IOException($"The server sent more than {mostOctets} octets.");
    }
}
