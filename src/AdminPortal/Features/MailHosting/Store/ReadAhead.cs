using System.Runtime.CompilerServices;
using AdminPortal.MailServer;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// Programs that fetch a folder ask for one message after the other. When the second of them follows the first, the next few are read with it:
/// one round trip then serves many answers. What lies here is small, and goes when the program does something else.
/// </summary>
internal sealed class ReadAhead(MailboxRows rows, Guid folderId)
{
    private const int MostMessages = 16;
    private const int MostOctets = 192 * 1024;

    /// <summary>A few UIDs may be gone in between.</summary>
    private const uint Near = 8;

    private const string From = """
        SELECT n.uid, n.content_id, n.size, CASE WHEN n.place = 1 OR n.total <= $4 THEN substring(n.body FROM 1 FOR least(n.size, $5)) END
        FROM (SELECT m.uid, m.content_id, c.body, m.size,
                     row_number() OVER (ORDER BY m.uid) AS place, sum(m.size) OVER (ORDER BY m.uid) AS total
              FROM (SELECT uid, content_id, size FROM mail_message
                    WHERE tenant_id = $1 AND folder_id = $2 AND uid >= $3 ORDER BY uid LIMIT 16) AS m
              JOIN mail_content c ON c.tenant_id = $1 AND c.id = m.content_id) AS n
        ORDER BY n.uid
        """;

    private readonly Queue<ContentPart> ahead = new(MostMessages);
    private uint last;

    public IAsyncEnumerable<MessageContent> ReadAsync(IReadOnlyList<uint> uids, ContentScope scope, CancellationToken cancellationToken)
    {
        if (uids is [var uid] && scope == ContentScope.Whole) return ReadOneAsync(uid, cancellationToken);
        Forget();
        return ContentReading.ReadAsync(rows, folderId, uids, scope, cancellationToken);
    }

    public void Forget() => ahead.Clear();

    private async IAsyncEnumerable<MessageContent> ReadOneAsync(uint uid, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (ahead.TryPeek(out var passed) && passed.Uid < uid) ahead.Dequeue();
        var follows = uid > last && uid - last <= Near && last > 0;
        last = uid;
        if (!ahead.TryPeek(out var next) || next.Uid != uid)
        {
            ahead.Clear();
            foreach (var part in await FetchAsync(uid, follows, cancellationToken)) ahead.Enqueue(part);
        }
        if (!ahead.TryPeek(out next) || next.Uid != uid) yield break;
        ahead.Dequeue();
        await using var content = new SlicedContent(rows, next.ContentId, next.Length, next.Octets);
        yield return new(next.Uid, next.Length, content);
    }

    private async Task<List<ContentPart>> FetchAsync(uint uid, bool follows, CancellationToken cancellationToken) => follows
        ? (await rows.AskAsync(
            Sql.Command(From, rows.TenantId, folderId, (long)uid, (long)MostOctets, ContentReading.Slice), ContentReading.ReadPartsAsync, cancellationToken)).Read
        : (await ContentReading.ReadPassAsync(rows, folderId, [uid], ContentScope.Whole, cancellationToken)).Read;
}
