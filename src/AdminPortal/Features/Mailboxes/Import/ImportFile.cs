using System.IO.Compression;
using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The rows of an uploaded file (<see cref="StagedRows"/>) in <c>import_chunk</c>: deflated (they shrink to an eighth, and the log of the
/// database with them) and cut into pieces, so that neither writing nor reading holds more than one piece.
/// </summary>
internal static class ImportFile
{
    /// <summary>The rows as they were written. Uses the connection until it is disposed.</summary>
    public static Stream Read(NpgsqlConnection connection, Guid tenantId, Guid importId) =>
        new DeflateStream(new PieceReader(ReadPiecesAsync(connection, tenantId, importId)), CompressionMode.Decompress);

    private static async IAsyncEnumerable<byte[]> ReadPiecesAsync(
        NpgsqlConnection connection, Guid tenantId, Guid importId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var command = new NpgsqlCommand(
            "SELECT content FROM import_chunk WHERE tenant_id = $1 AND import_id = $2 ORDER BY position", connection)
        {
            CommandTimeout = 0,
            Parameters = { new() { Value = tenantId }, new() { Value = importId } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return reader.GetFieldValue<byte[]>(0);
    }

    private sealed class PieceReader(IAsyncEnumerable<byte[]> pieces) : ForwardStream
    {
        private readonly IAsyncEnumerator<byte[]> pieces = pieces.GetAsyncEnumerator();
        private ReadOnlyMemory<byte> rest;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (rest.IsEmpty)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!await pieces.MoveNextAsync())
                    return 0;
                rest = pieces.Current;
            }

            var count = Math.Min(buffer.Length, rest.Length);
            rest[..count].CopyTo(buffer);
            rest = rest[count..];
            return count;
        }

        public override async ValueTask DisposeAsync()
        {
            await pieces.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}

/// <summary>Counts what is read.</summary>
internal sealed class CountingStream(Stream source) : ForwardStream
{
    public long BytesRead { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await source.ReadAsync(buffer, cancellationToken);
        BytesRead += count;
        return count;
    }
}

/// <summary>Writes rows to <c>import_chunk</c>. Without <see cref="CompleteAsync"/> its end is missing: then roll back.</summary>
internal sealed class ImportFileWriter : IDisposable
{
    private readonly PieceStream pieces;
    private readonly DeflateStream deflate;

    public ImportFileWriter(NpgsqlConnection connection, Guid tenantId, Guid importId)
    {
        pieces = new PieceStream(connection, tenantId, importId);
        deflate = new DeflateStream(pieces, CompressionLevel.Fastest, leaveOpen: true);
    }

    public Stream Stream => deflate;

    /// <summary>Writes what is still held back. Commit afterwards.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        await deflate.DisposeAsync();
        await pieces.StoreAsync(cancellationToken);
    }

    public void Dispose()
    {
        pieces.Abandon();
        deflate.Dispose();
    }

    private sealed class PieceStream(NpgsqlConnection connection, Guid tenantId, Guid importId) : Stream
    {
        private const int PieceLength = 512 * 1024;
        private readonly byte[] piece = new byte[PieceLength];
        private int filled;
        private int position;
        private bool abandoned;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (!buffer.IsEmpty)
            {
                var count = Math.Min(buffer.Length, piece.Length - filled);
                buffer[..count].CopyTo(piece.AsMemory(filled));
                filled += count;
                buffer = buffer[count..];
                if (filled == piece.Length)
                    await StoreAsync(cancellationToken);
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public async Task StoreAsync(CancellationToken cancellationToken)
        {
            if (filled == 0)
                return;
            await using var command = new NpgsqlCommand(
                "INSERT INTO import_chunk (tenant_id, import_id, position, content) VALUES ($1, $2, $3, $4)", connection)
            {
                Parameters =
                {
                    new() { Value = tenantId },
                    new() { Value = importId },
                    new() { Value = position++ },
                    new() { Value = piece.AsMemory(0, filled), NpgsqlDbType = NpgsqlDbType.Bytea },
                },
            };
            await command.ExecuteNonQueryAsync(cancellationToken);
            filled = 0;
        }

        /// <summary>From now on nothing is kept: the deflater may still want to write its last words.</summary>
        public void Abandon() => abandoned = true;

        public override void Write(byte[] buffer, int offset, int count)
        {
            if (!abandoned)
                throw new NotSupportedException("Rows are written asynchronously.");
        }

        public override void Flush() { }
        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
