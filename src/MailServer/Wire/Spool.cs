using System.Buffers;

namespace AdminPortal.MailServer.Wire;

/// <summary>
/// A message on its way in: in memory while it is small, in a temporary file without a name once it has grown. Nothing is allocated for
/// a size that was merely announced.
/// </summary>
internal sealed class Spool : IAsyncDisposable
{
    private const int Small = 256 * 1024;

    private Stream _stream = new MemoryStream();

    public long Length => _stream.Length;

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_stream is MemoryStream memory && memory.Length + bytes.Length > Small)
            await MoveToFileAsync(memory, cancellationToken);
        await _stream.WriteAsync(bytes, cancellationToken);
    }

    public async ValueTask AppendAsync(ReadOnlySequence<byte> bytes, CancellationToken cancellationToken)
    {
        foreach (var segment in bytes)
            await AppendAsync(segment, cancellationToken);
    }

    /// <summary>The whole message, at its beginning; it stays this spool's.</summary>
    public Stream Rewind()
    {
        _stream.Position = 0;
        return _stream;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task MoveToFileAsync(MemoryStream memory, CancellationToken cancellationToken)
    {
        var path = Path.Combine(Path.GetTempPath(), $"mail-{Guid.CreateVersion7():n}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
            BufferSize = 64 * 1024,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        _stream = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        memory.Position = 0;
        await memory.CopyToAsync(_stream, cancellationToken);
        await memory.DisposeAsync();
    }
}
