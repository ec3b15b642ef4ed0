using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <content>The counts of guesses, which belong to no tenant.</content>
public sealed partial class CrossTenant
{
    /// <summary>
    /// Counts a guess at a password or token before it is answered, for all processes and doors together. Concurrent guesses are counted one
    /// after the other, so that none slips past a limit.
    /// </summary>
    /// <param name="account">Whose password is guessed at, normalised; null where the guess names nobody.</param>
    /// <param name="from">Where it comes from.</param>
    /// <param name="door">Through which door.</param>
    /// <param name="rule">The limits.</param>
    /// <param name="cancellationToken">Gives up waiting for the database; the guess may be counted nevertheless.</param>
    public async Task<TakenGuess> TakeGuessAsync(string? account, AddressBlocks from, Door door, GuessRule rule, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT id, wait, held_by FROM take_guess($1, $2, $3, $4, $5, {RuleFrom(6)})");
        command.Parameters.Add(new() { Value = (object?)account ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        foreach (var block in new[] { from.Address, from.Network, from.WideNetwork }) command.Parameters.Add(new() { Value = block });
        command.Parameters.Add(new() { Value = (short)door });
        AddRule(command, rule);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0)
            ? new(null, reader.GetFieldValue<TimeSpan>(1), reader.GetString(2))
            : new(reader.GetInt64(0), TimeSpan.Zero, null);
    }

    /// <summary>Takes back a guess that was none: the password was right, or nobody looked at it.</summary>
    public async Task PardonGuessAsync(long guess, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT pardon_guess($1)");
        command.Parameters.Add(new() { Value = guess });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Remembers that an account was entered from an address; at most one write a day for each pair.</summary>
    public async Task KnowAddressAsync(string account, string address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT know_address($1, $2)");
        command.Parameters.Add(new() { Value = account });
        command.Parameters.Add(new() { Value = address });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Who is held off now, longest first. For platform administrators alone.</summary>
    public async Task<IReadOnlyList<HeldOff>> ListHeldOffAsync(GuessRule rule, int most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand($"SELECT held_by, account, address, guesses, until FROM list_held_off({RuleFrom(1)}, $10)");
        AddRule(command, rule);
        command.Parameters.Add(new() { Value = most });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var held = new List<HeldOff>();
        while (await reader.ReadAsync(cancellationToken))
            held.Add(new(
                reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetInt64(3), reader.GetFieldValue<DateTimeOffset>(4)));
        return held;
    }

    /// <summary>Forgets the guesses for which somebody is held off. For platform administrators alone.</summary>
    /// <returns>How many were forgotten.</returns>
    public async Task<long> LetInAsync(string heldBy, string? account, string? address, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT let_in($1, $2, $3)");
        command.Parameters.Add(new() { Value = heldBy });
        foreach (var key in new[] { account, address }) command.Parameters.Add(new() { Value = (object?)key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Forgets guesses that slow nobody down any more, and the oldest beyond that number.</summary>
    public async Task TrimGuessesAsync(TimeSpan olderThan, long most, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT trim_guesses($1, $2)");
        command.Parameters.Add(new() { Value = olderThan });
        command.Parameters.Add(new() { Value = most });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string RuleFrom(int first) => $"ROW({string.Join(", ", Enumerable.Range(first, 9).Select(n => $"${n}"))})::guess_rule";

    private static void AddRule(NpgsqlCommand command, GuessRule rule)
    {
        object[] values =
        [
            rule.PerAccount, rule.PerAddress, rule.PerNetwork, rule.PerWideNetwork, rule.Span, rule.Free, rule.FirstDelay, rule.LongestDelay, rule.Memory,
        ];
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }
}
