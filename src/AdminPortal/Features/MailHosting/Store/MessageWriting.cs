using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <param name="FolderId">Where.</param>
/// <param name="UidValidity">The folder's.</param>
/// <param name="ModSeq">Of the arrival.</param>
/// <param name="Uids">In the order of the messages.</param>
/// <param name="Fits">False: the mailbox now holds more than it may.</param>
internal sealed record StoredMessages(Guid FolderId, uint UidValidity, long ModSeq, IReadOnlyList<uint> Uids, bool Fits);

/// <summary>Stores new messages.</summary>
internal static class MessageWriting
{
    // What belongs to the tenant counts towards nobody's quota. The folder's row is updated, and so locked until the commit: UIDs and mod-sequences are given and become visible in one order.
    private const string Arrive = $"""
        WITH target AS (
            UPDATE mail_folder SET uid_next = uid_next + $4, highest_mod_seq = highest_mod_seq + 1
            WHERE tenant_id = $1 AND owner_id = $2 AND name = $3 AND coalesce(public_right, $11) >= $12
            RETURNING id, uid_validity, uid_next - $4 AS first_uid, highest_mod_seq),
        arrived AS (
            INSERT INTO mail_message (tenant_id, folder_id, uid, content_id, flags, keywords, internal_date, size, mod_seq)
            SELECT $1, t.id, t.first_uid + n.position - 1, n.content_id, n.flags, string_to_array(n.keywords, ' '),
                   date_trunc('second', coalesce(n.internal_date, now())), n.size, t.highest_mod_seq
            FROM target t, unnest($5::uuid[], $6::integer[], $7::text[], $8::timestamptz[], $9::integer[])
                 WITH ORDINALITY AS n (content_id, flags, keywords, internal_date, size, position))
        SELECT id, uid_validity, highest_mod_seq, first_uid,
               $1 = $2 OR {Quota.Held} + (SELECT sum(n) FROM unnest($9::integer[]) AS n) <= coalesce({Quota.Own}, $10)
        FROM target
        """;

    /// <summary>Stores the messages in the caller's transaction; null, with contents to be rolled back, when there is no such folder, or nothing may be added.</summary>
    /// <remarks>Contents go first: the folder is locked only when everything is here.</remarks>
    public static async Task<StoredMessages?> AppendAsync(
        NpgsqlConnection connection, MailboxRows rows, string folder, IReadOnlyList<NewMessage> messages, CancellationToken cancellationToken)
    {
        var ids = messages.Select(_ => Guid.CreateVersion7()).ToArray();
        var headerSizes = new int[messages.Count];
        for (var i = 0; i < messages.Count; i++) headerSizes[i] = await HeaderSize.OfAsync(messages[i].Content, cancellationToken);

        var contents = messages.Select((message, i) => Sql.Command(
            "INSERT INTO mail_content (tenant_id, id, body, header_size) VALUES ($1, $2, $3, $4)", rows.TenantId, ids[i], message.Content, headerSizes[i]));
        var arrive = Sql.Command(
            Arrive, rows.TenantId, rows.OwnerOf(folder), folder, messages.Count, ids,
            messages.Select(m => (int)m.Flags).ToArray(),
            messages.Select(m => string.Join(' ', m.Keywords.Distinct(StringComparer.OrdinalIgnoreCase))).ToArray(),
            messages.Select(m => m.InternalDate?.ToUniversalTime()).ToArray(),
            messages.Select(m => checked((int)m.Content.Length)).ToArray(), rows.Quota, (short)FolderRight.Everything, (short)FolderRight.AddAndMark);
        await using var batch = Sql.Batch(connection, [.. contents, arrive]);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken)) return null;
        var first = reader.GetUInt32(3);
        return new(reader.GetGuid(0), reader.GetUInt32(1), reader.GetInt64(2), [.. messages.Select((_, i) => first + (uint)i)], reader.GetBoolean(4));
    }
}

/// <summary>Where a message's header ends.</summary>
internal static class HeaderSize
{
    /// <summary>Octets up to and including the first empty line, all of them where there is none. The stream is left at its beginning.</summary>
    public static async Task<int> OfAsync(Stream content, CancellationToken cancellationToken)
    {
        content.Position = 0;
        var buffer = new byte[64 * 1024];
        // How much of CRLF CRLF has been seen; at the very beginning a single CRLF is an empty line.
        var seen = 2;
        long position = 0;
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;)
            for (var i = 0; i < read; i++)
            {
                position++;
                seen = (buffer[i], seen) switch
                {
                    ((byte)'\r', 0 or 2) => seen + 1,
                    ((byte)'\n', 1 or 3) => seen + 1,
                    ((byte)'\r', _) => 1,
                    _ => 0,
                };
                if (seen < 4) continue;
                content.Position = 0;
                return (int)position;
            }
        content.Position = 0;
        return checked((int)position);
    }
}
