using AdminPortal.Hosting;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The upload, counted: first the bytes that were looked at to find the encoding, then the rest, until the limit. Counting here and not by
/// Content-Length alone, because a chunked upload announces nothing and a liar announces little.
/// </summary>
internal sealed class UploadStream(ReadOnlyMemory<byte> head, int skipped, Stream rest, ImportLimits limits) : ForwardStream
{
    private ReadOnlyMemory<byte> head = head;
    private long taken = skipped;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = head.IsEmpty ? await rest.ReadAsync(buffer, cancellationToken) : TakeHead(buffer.Span);
        taken += count;
        if (limits.RefuseLength(taken) is { } tooLarge)
            throw new UnreadableFileException(tooLarge);
        return count;
    }

    private int TakeHead(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, head.Length);
        head.Span[..count].CopyTo(buffer);
        head = head[count..];
        return count;
    }
}
