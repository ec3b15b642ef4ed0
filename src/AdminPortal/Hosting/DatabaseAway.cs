using System.Net.Sockets;
using Npgsql;

namespace AdminPortal.Hosting;

/// <summary>
/// Whether PostgreSQL being away, stopping, full or read-only is behind an exception. Such a request may be sent again: it is answered 503,
/// and the portal recovers by itself as soon as PostgreSQL does.
/// </summary>
internal static class DatabaseAway
{
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    public static bool IsCauseOf(Exception? exception) => exception switch
    {
        null => false,
        PostgresException refusal => refusal.IsTransient || IsStateOfTheServer(refusal.SqlState) || IsAuditTrail(refusal),
        // Not the server's answer but none at all: refused, cut off, or no free connection in the pool.
        NpgsqlException or SocketException => true,
        AggregateException several => several.InnerExceptions.Any(IsCauseOf),
        _ => IsCauseOf(exception.InnerException),
    };

    /// <summary>
    /// Whether it was the audit trail that could not be written: then nothing of the change was, and it may be sent again once the operator
    /// has repaired it.
    /// </summary>
    public static bool IsOfAuditTrail(Exception? exception) => exception switch
    {
        null => false,
        PostgresException refusal => IsAuditTrail(refusal),
        _ => IsOfAuditTrail(exception.InnerException),
    };

    // In every language of the server the message names the table.
    private static bool IsAuditTrail(PostgresException refusal) =>
        refusal.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedTable
        && refusal.MessageText.Contains("audit_event", StringComparison.Ordinal);

    // Classes 08 connection, 53 resources (disk full, too many connections), 57P shutting down or starting, 58 system error;
    // 25006 read-only, as after a failover.
    private static bool IsStateOfTheServer(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal)
        || state.StartsWith("57P", StringComparison.Ordinal) || state.StartsWith("58", StringComparison.Ordinal)
        || state == PostgresErrorCodes.ReadOnlySqlTransaction;
}
