using Npgsql;

namespace AdminPortal.Data.ChangeFeed;

/// <summary>What a reader of the feed is told.</summary>
/// <param name="TenantId">Whose access may have changed; null means any: the listener was away and may have missed entries.</param>
/// <param name="MailboxId">The one mailbox, or null for any mailbox of the tenant.</param>
public sealed record AccessChange(Guid? TenantId, Guid? MailboxId)
{
    /// <summary>The connection was lost and entries may have been missed: look at everything again.</summary>
    public static readonly AccessChange Resync = new(null, null);
}

/// <summary>Somebody who must act on changes, such as the mail server that ends live sessions.</summary>
public interface IAccessChangeReader
{
    /// <summary>Acts on one change and answers how many live sessions it ended. Called again for the same change is harmless.</summary>
    Task<int> OnAccessChangedAsync(AccessChange change, CancellationToken cancellationToken);
}

/// <summary>
/// Tells every process of committed changes. Entries are rows; NOTIFY is only the bell, rung at most once per 10 ms, because a NOTIFY in
/// every transaction costs two thirds of the write rate. A lost bell costs a second: the listener sweeps.
/// </summary>
public sealed class ChangeFeed(NpgsqlDataSource dataSource, IEnumerable<IAccessChangeReader> readers, ILogger<ChangeFeed> logger)
{
    internal const string Channel = "adminportal_changes";
    private static readonly TimeSpan BellInterval = TimeSpan.FromMilliseconds(10);
    private int bellPending;

    /// <summary>To be called after the transaction that wrote the entry has committed. Readers in this process act before it returns;
    /// other processes hear the bell. A reader that cannot act now does so at the listener's next sweep: what is committed is never answered
    /// as failed.</summary>
    /// <returns>How many live sessions this process ended.</returns>
    public async Task<int> PublishAsync(AccessChange change, CancellationToken cancellationToken)
    {
        RingSoon();
        try
        {
            return await DeliverAsync(change, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogWarning(exception, "A committed change could not be acted on at once; the next sweep does.");
            return 0;
        }
    }

    internal async Task<int> DeliverAsync(AccessChange change, CancellationToken cancellationToken)
    {
        var ended = 0;
        foreach (var reader in readers)
            ended += await reader.OnAccessChangedAsync(change, cancellationToken);
        return ended;
    }

    private void RingSoon()
    {
        if (Interlocked.Exchange(ref bellPending, 1) == 0)
            _ = RingAsync();
    }

    private async Task RingAsync()
    {
        try
        {
            await Task.Delay(BellInterval);
            Volatile.Write(ref bellPending, 0);
            await using var notify = dataSource.CreateCommand($"NOTIFY {Channel}");
            await notify.ExecuteNonQueryAsync();
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            logger.LogWarning(exception, "The change feed's bell could not be rung; other processes notice within a second.");
        }
    }
}
