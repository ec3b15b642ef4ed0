using AdminPortal.MailServer;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// How much a mailbox holds and may hold. A trigger counts each folder's octets where its messages come and go, so the sum is one of a few rows.
/// </summary>
internal static class Quota
{
    /// <summary>For a condition: what the mailbox $2 of the tenant $1 holds.</summary>
    public const string Held = "mail_held($1, $2)";

    /// <summary>For a condition: what it may hold by its own row or its plan's; null when neither says.</summary>
    public const string Own = "mail_quota($1, $2)";

    public static async Task<MailQuota> ReadAsync(MailboxRows rows, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = Sql.Command(connection, $"SELECT {Held}, coalesce({Own}, $3)", rows.TenantId, rows.MailboxId, rows.Quota);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var limit = reader.GetInt64(1);
        return new(reader.GetInt64(0), limit == long.MaxValue ? null : limit);
    }
}
