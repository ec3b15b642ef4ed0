using AdminPortal.Data;

namespace AdminPortal.Jobs;

/// <summary>Forgets, once an hour and in all tenants, what has been kept for as long as it was promised.</summary>
internal sealed partial class Housekeeping(CrossTenant crossTenant, TimeProvider time, ILogger<Housekeeping> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    // Whoever reads the feed does so within a second; who was away longer looks at everything anew.
    private static readonly TimeSpan ChangesAreKept = TimeSpan.FromHours(1);
    private static readonly TimeSpan AnswersAreKept = TimeSpan.FromHours(24);
    // An upload is somebody's list of people: a day is enough to look at a preview.
    private static readonly TimeSpan UploadsAreKept = TimeSpan.FromDays(1);
    private static readonly TimeSpan MailIsKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan ProtocolLogsAreKept = TimeSpan.FromDays(7);
    private static readonly TimeSpan SessionsAreKept = TimeSpan.FromDays(30);
    private static readonly TimeSpan SignInsAreKept = TimeSpan.FromDays(90);

    // A challenge lives for five minutes; nothing is lost by remembering its answer for a day.
    private static readonly TimeSpan ProofsAreKept = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
            try
            {
                await TidyAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSkipped(exception.Message);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    internal async Task TidyAsync(CancellationToken cancellationToken)
    {
        await crossTenant.TrimChangeFeedAsync(ChangesAreKept, cancellationToken);
        await crossTenant.TrimIdempotencyRecordsAsync(AnswersAreKept, cancellationToken);
        await crossTenant.TrimImportsAsync(UploadsAreKept, cancellationToken);
        await crossTenant.ReleaseAuditEventsAsync(cancellationToken);
        await crossTenant.TrimQueuedMailAsync(MailIsKept, cancellationToken);
        await crossTenant.TrimRelayedMessagesAsync(MailIsKept, cancellationToken);
        await crossTenant.TrimProtocolLogsAsync(ProtocolLogsAreKept, cancellationToken);
        await crossTenant.TrimPortalSessionsAsync(SessionsAreKept, cancellationToken);
        await crossTenant.TrimPortalSignInsAsync(SignInsAreKept, cancellationToken);
        await crossTenant.TrimUsedProofsAsync(ProofsAreKept, cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "What is over could not be cleared away, next time it will be: {Reason}")]
    private partial void LogSkipped(string reason);
}
