using Npgsql;
namespace AdminPortal.Data.ChangeFeed;

/// <summary>
/// Reads the feed on one unpooled connection: at every bell, and once a second in case a bell was lost. Ids are given before commit, so a
/// lower id may appear after a higher one; the position therefore only advances to where no open transaction can still add an entry,
/// and entries seen beyond it are remembered.
/// </summary>
internal sealed class ChangeFeedListener(ListeningSource source, ChangeFeed feed, TimeProvider time, ILogger<ChangeFeedListener> logger)
    : BackgroundService
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(200);
    private readonly HashSet<long> seenBeyondPosition = [];
    private long position;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning("The change feed's connection was lost ({Reason}); connecting again.", exception.Message);
                await Task.Delay(PauseAfterFailure, time, stoppingToken);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenAsync(cancellationToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {ChangeFeed.Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);

        // Whatever was missed while nobody listened is found by looking at everything once; from here on, entry by entry.
        position = await StartAsync(connection, cancellationToken);
        seenBeyondPosition.Clear();
        await feed.DeliverAsync(AccessChange.Resync, cancellationToken);

        while (true)
        {
            await connection.WaitAsync(Sweep, cancellationToken);
            foreach (var change in await ReadAsync(connection, cancellationToken))
                await feed.DeliverAsync(change, cancellationToken);
        }
    }

    private static async Task<long> StartAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT change_feed_start()", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<List<AccessChange>> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id, tenant_id, mailbox_id, settled FROM change_feed_since($1)", connection);
        command.Parameters.Add(new() { Value = position });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);

        var changes = new List<AccessChange>();
        var settledSoFar = true;
        while (await reader.ReadAsync(cancellationToken))
        {
            var id = reader.GetInt64(0);
            if (seenBeyondPosition.Add(id))
                changes.Add(new(reader.GetGuid(1), reader.IsDBNull(2) ? null : reader.GetGuid(2)));
            settledSoFar &= reader.GetBoolean(3);
            if (settledSoFar) position = id;
        }
        seenBeyondPosition.RemoveWhere(id => id <= position);
        return changes.Distinct().ToList();
    }
}

/// <summary>Connections outside the pool, noticed when they die. Made from the given text: a data source no longer tells its password.</summary>
internal sealed class ListeningSource(string connectionString) : IAsyncDisposable
{
    private readonly NpgsqlDataSource unpooled = NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 10 });

    public ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken) => unpooled.OpenConnectionAsync(cancellationToken);

    public ValueTask DisposeAsync() => unpooled.DisposeAsync();
}
