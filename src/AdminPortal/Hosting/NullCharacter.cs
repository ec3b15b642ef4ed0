using Npgsql;

namespace AdminPortal.Hosting;

/// <summary>
/// PostgreSQL keeps no U+0000, neither in text (22021) nor in JSON (22P05). It can come in every text that a caller sends, so it is refused
/// where it is found out, and as what it is: the caller's mistake.
/// </summary>
internal static class NullCharacter
{
    public static bool IsCauseOf(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }
        || exception.InnerException is { } inner && IsCauseOf(inner);
}
