using AdminPortal.Data;
using Npgsql;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>
/// Hears what other processes did to folders that are open here, on one unpooled connection. Once a second it asks how far these folders
/// have come, because a process may die between a commit and its notice.
/// </summary>
internal sealed partial class FolderListener(
    NpgsqlDataSource dataSource, CrossTenant crossTenant, FolderWatches watches, TimeProvider time, ILogger<FolderListener> logger) : BackgroundService
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
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
                LogConnectingAgain(exception.Message);
                await Task.Delay(PauseAfterFailure, time, stoppingToken);
            }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = Unpooled.Connection(dataSource);
        connection.Notification += (_, notice) => Hear(notice.Payload);
        await connection.OpenAsync(cancellationToken);
        await using (var listen = new NpgsqlCommand($"LISTEN {FolderBell.Channel}", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);

        while (true)
        {
            await SweepAsync(cancellationToken);
            var sweptAt = time.GetTimestamp();
            // Npgsql counts whole milliseconds, and none of them means for ever.
            for (var left = Sweep; left >= TimeSpan.FromMilliseconds(1); left = Sweep - time.GetElapsedTime(sweptAt))
                await connection.WaitAsync(left, cancellationToken);
        }
    }

    private void Hear(string payload)
    {
        foreach (var (ownerId, folderId, modSeq) in FolderBell.Read(payload))
            watches.Raise(ownerId, folderId, modSeq);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        var watched = watches.All();
        if (watched.Count == 0) return;
        var positions = await crossTenant.MailFolderPositionsAsync([.. watched.Select(w => (w.Watch.TenantId, w.FolderId))], cancellationToken);
        foreach (var (watch, folderId) in watched)
            watch.Raise(folderId, positions.TryGetValue(folderId, out var modSeq) ? modSeq : FolderBell.Gone);
    }

    [LoggerMessage(LogLevel.Warning, "The connection that hears of changed folders was lost; connecting again: {Reason}")]
    private partial void LogConnectingAgain(string reason);
}
