using System.Runtime.CompilerServices;
using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// Reads many contents in passes of about a mebibyte. No connection is held while the client is sent what was read: a slow client costs
/// memory for one pass and nothing of the pool. What was expunged meanwhile can still be read to its end (<see cref="GarbageSweep"/>).
/// </summary>
internal static class ContentReading
{
    internal const int Slice = 1024 * 1024;
    private const int MessagesPerPass = 500;

    // Of the messages named: their lengths, and the octets of as many as fit into one pass, of the first one in any case.
    private const string Pass = """
        SELECT n.uid, n.content_id, n.length, CASE WHEN n.place = 1 OR n.total <= $5 THEN substring(n.body FROM 1 FOR least(n.length, $5)) END
        FROM (SELECT m.uid, m.content_id, c.body, l.length,
                     row_number() OVER (ORDER BY m.uid) AS place, sum(l.length) OVER (ORDER BY m.uid) AS total
              FROM mail_message m
              JOIN mail_content c ON c.tenant_id = m.tenant_id AND c.id = m.content_id
              CROSS JOIN LATERAL (SELECT CASE WHEN $4 THEN c.header_size ELSE m.size END AS length) AS l
              WHERE m.tenant_id = $1 AND m.folder_id = $2 AND m.uid = ANY ($3)) AS n
        ORDER BY n.uid
        """;

    public static async IAsyncEnumerable<MessageContent> ReadAsync(
        MailboxRows rows, Guid folderId, IReadOnlyList<uint> uids, ContentScope scope, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var next = 0; next < uids.Count;)
        {
            var named = uids.Skip(next).Take(MessagesPerPass).ToList();
            var (read, left) = await ReadPassAsync(rows, folderId, named, scope, cancellationToken);
            foreach (var part in read)
            {
                await using var content = new SlicedContent(rows, part.ContentId, part.Length, part.Octets);
                yield return new(part.Uid, part.Length, content);
            }
            next = left is { } uid ? next + named.IndexOf(uid) : next + named.Count;
        }
    }

    /// <returns>What was read, and the UID to go on with, if this pass was full before its end.</returns>
    internal static Task<(List<ContentPart> Read, uint? Left)> ReadPassAsync(
        MailboxRows rows, Guid folderId, List<uint> uids, ContentScope scope, CancellationToken cancellationToken) => rows.AskAsync(
        Sql.Command(Pass, rows.TenantId, folderId, Sql.Longs(uids), scope == ContentScope.Header, Slice), ReadPartsAsync, cancellationToken);

    internal static async Task<(List<ContentPart> Read, uint? Left)> ReadPartsAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var read = new List<ContentPart>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.IsDBNull(3)) return (read, (uint?)reader.GetUInt32(0));
            read.Add(new(reader.GetUInt32(0), reader.GetGuid(1), reader.GetInt32(2), reader.GetFieldValue<byte[]>(3)));
        }
        return (read, null);
    }
}

/// <summary>The beginning of a content, or all of it.</summary>
internal sealed record ContentPart(uint Uid, Guid ContentId, int Length, byte[] Octets);

/// <summary>A content whose beginning is here and whose rest is fetched slice by slice as it is read.</summary>
internal sealed class SlicedContent(MailboxRows rows, Guid contentId, int length, byte[] beginning) : Stream
{
    private byte[] slice = beginning;
    private int offsetInSlice;
    private int position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position { get => position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position == length || buffer.Length == 0) return 0;
        if (offsetInSlice == slice.Length) await FetchAsync(cancellationToken);
        return Take(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>For readers that cannot wait otherwise; mail of ordinary size is here already.</summary>
    public override int Read(byte[] buffer, int offset, int count)
    {
        if (position == length || count == 0) return 0;
        if (offsetInSlice == slice.Length) FetchAsync(CancellationToken.None).GetAwaiter().GetResult();
        return Take(buffer.AsSpan(offset, count));
    }

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, slice.Length - offsetInSlice);
        slice.AsSpan(offsetInSlice, count).CopyTo(buffer);
        offsetInSlice += count;
        position += count;
        return count;
    }

    private async Task FetchAsync(CancellationToken cancellationToken)
    {
        var wanted = Math.Min(ContentReading.Slice, length - position);
        var fetched = await rows.RunAsync(
            async connection =>
            {
                await using var command = Sql.Command(
                    connection, "SELECT substring(body FROM $3 FOR $4) FROM mail_content WHERE tenant_id = $1 AND id = $2",
                    rows.TenantId, contentId, position + 1, wanted);
                return await command.ExecuteScalarAsync(cancellationToken) as byte[];
            },
            cancellationToken);
        if (fetched?.Length != wanted) throw new InvalidOperationException($"Content {contentId} ended at octet {position} of {length}.");
        (slice, offsetInSlice) = (fetched, 0);
    }
}
