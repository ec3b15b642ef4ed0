using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Jobs;

/// <summary>
/// A worker's hold on one operation. Every statement names the fence of the claim: whoever lost the lease changes nothing. The same look at
/// the row that renews the lease tells whether somebody wants the work cancelled, and whether another worker holds it meanwhile: then this
/// one's work is stopped too, or it would stand in the other's way with its locks.
/// </summary>
internal sealed class OperationLease(ClaimedOperation claimed, TenantConnection connections, JobsOptions options, ILogger logger)
{
    private readonly CancellationTokenSource over = new();

    public bool CancelRequested { get; private set; }

    public bool IsLost { get; private set; }

    /// <summary>Renews until <see cref="StopRenewingAsync"/>, and cancels the work when that was asked for or the lease is lost.</summary>
    public async Task RenewAsync(CancellationTokenSource cancelWork)
    {
        using var tick = new PeriodicTimer(options.RenewEvery);
        try
        {
            while (await tick.WaitForNextTickAsync(over.Token))
            {
                await RenewOnceAsync(over.Token);
                if (CancelRequested || IsLost) await cancelWork.CancelAsync();
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The work is over.
        }
    }

    public async Task StopRenewingAsync(Task renewal)
    {
        await over.CancelAsync();
        await renewal;
        over.Dispose();
    }

    /// <summary>Ends the operation without work done: failed or cancelled.</summary>
    public Task EndAsync(OperationState state, string? error) => UpdateAsync(
        "state = $4, error = $5, finished_at = now(), lease_until = NULL", (short)state, (object?)error ?? DBNull.Value);

    /// <summary>Queues the operation again after a failure that may pass. The claim counts: a poison operation is given up in the end.</summary>
    public Task RequeueAsync() => UpdateAsync("state = 1, lease_until = NULL");

    /// <summary>Queues the operation again because this process stops. Nobody is to blame, so the claim does not count; the handler has ended
    /// already, so its fence may be given once more.</summary>
    public Task GiveBackAsync() => UpdateAsync("state = 1, lease_until = NULL, fence = fence - 1");

    private async Task RenewOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await connections.OpenAsync(cancellationToken);
            await using var command = Command(
                connection,
                "UPDATE operation SET lease_until = now() + $4 WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 2 RETURNING cancel_requested",
                options.Lease);
            // No row: the fence moved on, or the work has just ended.
            var answer = await command.ExecuteScalarAsync(cancellationToken);
            (CancelRequested, IsLost) = (answer is true, answer is null);
        }
        catch (NpgsqlException exception)
        {
            logger.LogWarning("The lease of operation {Operation} could not be renewed: {Reason}", claimed.Id, exception.Message);
        }
    }

    // Not cancelled by the stop of the process: these few milliseconds save a lease's length of waiting.
    private async Task UpdateAsync(string assignments, params object[] values)
    {
        await using var connection = await connections.OpenAsync(CancellationToken.None);
        await using var command = Command(
            connection,
            $"UPDATE operation SET {assignments}, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND fence = $3 AND state = 2",
            values);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private NpgsqlCommand Command(NpgsqlConnection connection, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in (object[])[claimed.TenantId, claimed.Id, claimed.Fence, .. values])
            command.Parameters.Add(value is DBNull ? new() { Value = value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new() { Value = value });
        return command;
    }
}
