using AdminPortal.Data;

namespace AdminPortal.Features.AuditLog.Chain;

/// <summary>Seals, every second and in all tenants, what has been committed to the trails. Nobody who writes to them waits for it.</summary>
internal sealed partial class SealAuditTrails(CrossTenant crossTenant, TimeProvider time, ILogger<SealAuditTrails> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isFailing = false;
        using var timer = new PeriodicTimer(Interval, time);
        do
            try
            {
                await crossTenant.SealAuditEventsAsync(stoppingToken);
                if (isFailing) LogBack();
                isFailing = false;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                if (!isFailing) LogFailing(exception.Message);
                isFailing = true;
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "The audit trails cannot be sealed; events wait for it until it is possible again: {Reason}")]
    private partial void LogFailing(string reason);

    [LoggerMessage(LogLevel.Information, "The audit trails are being sealed again.")]
    private partial void LogBack();
}
