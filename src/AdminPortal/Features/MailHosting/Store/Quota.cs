using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// How much a mailbox holds and may hold. A trigger counts each folder's octets where its messages come and go, so the sum is one of a few rows.
/// </summary>
internal static class Quota
{
    /// <summary>For a condition: what the mailbox $2 of the tenant $1 holds.</summary>
    public const string Held = "(SELECT coalesce(sum(o.octets), 0)::bigint FROM mail_folder o WHERE o.tenant_id = $1 AND o.owner_id = $2)";

    /// <summary>For a condition: what it may hold by its own row; null when that says nothing.</summary>
    public const string Own = "(SELECT s.quota FROM mail_store s WHERE s.tenant_id = $1 AND s.mailbox_id = $2)";

    public static async Task<MailQuota> ReadAsync(MailboxRows rows, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Sql.Command(connection, $"SELECT {Held}, coalesce({Own}, $3)", rows.TenantId, rows.MailboxId, rows.Quota);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var limit = reader.GetInt64(1);
        return new(reader.GetInt64(0), limit == long.MaxValue ? null : limit);
    }
}
