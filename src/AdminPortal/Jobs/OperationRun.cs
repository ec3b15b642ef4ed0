using System.Text.Json;
using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Jobs;

/// <summary>How an operation ended, in numbers.</summary>
public sealed record OperationCounts(int Changed, int Unchanged, int Refused)
{
    public int Total => Changed + Unchanged + Refused;
}

/// <summary>One claimed operation in the hands of its handler.</summary>
public sealed class OperationRun(ClaimedOperation claimed, Operation operation, TenantConnection connections)
{
    public Guid TenantId => claimed.TenantId;

    public Guid Id => claimed.Id;

    public Guid? UndoOf => operation.UndoOf;

    public string? Reason => operation.Reason;

    /// <summary>What was asked.</summary>
    public T Request<T>() => operation.Request.Deserialize<T>(OperationJson.Options)
        ?? throw new JsonException($"The request of operation {Id} is null.");

    /// <summary>Ends the operation as succeeded, in the transaction that is open on this connection. Commit afterwards.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the operation now. Roll back.</exception>
    public Task FinishAsync(NpgsqlConnection connection, OperationCounts counts, CancellationToken cancellationToken) =>
        UpdateAsync(
            connection,
            """
            UPDATE operation
            SET state = 3, total = $4, done = $4, changed = $5, unchanged = $6, refused = $7, finished_at = clock_timestamp(), lease_until = NULL,
                version = version + 1
            WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 2
            """,
            [counts.Total, counts.Changed, counts.Unchanged, counts.Refused],
            cancellationToken);

    /// <summary>Tells whoever watches how far the work is. Committed at once, beside the work's own transaction: never call it while that
    /// transaction holds the operation's row.</summary>
    /// <exception cref="LeaseLostException">Another worker holds the operation now.</exception>
    public async Task ReportAsync(int done, int total, CancellationToken cancellationToken)
    {
        await using var connection = await connections.OpenAsync(cancellationToken);
        await UpdateAsync(
            connection,
            "UPDATE operation SET done = $4, total = $5, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 2",
            [done, total],
            cancellationToken);
    }

    private async Task UpdateAsync(NpgsqlConnection connection, string sql, int[] numbers, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = TenantId });
        command.Parameters.Add(new() { Value = Id });
        command.Parameters.Add(new() { Value = claimed.Fence });
        foreach (var number in numbers) command.Parameters.Add(new() { Value = number });
        if (await command.ExecuteNonQueryAsync(cancellationToken) == 0) throw new LeaseLostException();
    }
}
