using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// Bounds what a folder remembers of its expunged messages. Whoever was away for longer is told of every UID that is not there
/// (<see cref="FolderReading.VanishedAsync"/>), so forgetting costs octets on the wire and never a message that does not go away.
/// </summary>
internal static class Forgetting
{
    /// <summary>So many are kept; twice as many start the forgetting, so that it happens once for thousands of expunges.</summary>
    public const int Kept = 5_000;

    // Those of one expunge share a mod-sequence and are forgotten together.
    private const string Forget = """
        WITH horizon AS (
            SELECT mod_seq FROM mail_expunged WHERE tenant_id = $1 AND folder_id = $2 ORDER BY mod_seq DESC OFFSET $3 LIMIT 1),
        forgotten AS (
            DELETE FROM mail_expunged e USING horizon h WHERE e.tenant_id = $1 AND e.folder_id = $2 AND e.mod_seq <= h.mod_seq
            RETURNING e.uid)
        UPDATE mail_folder f SET remembered_from = h.mod_seq, remembered = f.remembered - (SELECT count(*) FROM forgotten)::integer
        FROM horizon h
        WHERE f.tenant_id = $1 AND f.id = $2
        """;

    /// <param name="connection">Within the tenant.</param>
    /// <param name="tenantId">Whose.</param>
    /// <param name="folderId">Where something was just expunged.</param>
    /// <param name="remembered">How many expunges it remembers now.</param>
    /// <param name="cancellationToken">Gives up: then the next expunge does it.</param>
    /// <param name="kept">So many are kept.</param>
    public static async Task RunAsync(NpgsqlConnection connection, Guid tenantId, Guid folderId, int remembered, CancellationToken cancellationToken, int kept = Kept)
    {
        if (remembered <= 2 * kept) return;
        await using var batch = Sql.Batch(
            connection,
            Sql.Command("SELECT FROM mail_folder WHERE tenant_id = $1 AND id = $2 FOR UPDATE", tenantId, folderId),
            Sql.Command(Forget, tenantId, folderId, kept));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
