using AdminPortal.Data;
using AdminPortal.Hosting;

namespace AdminPortal.Features.AuditLog;

/// <summary>Once a minute, writes into the trails how often was refused what was first refused an hour ago.</summary>
internal sealed partial class SumUpRefusals(CrossTenant crossTenant, TimeProvider time, ILogger<SumUpRefusals> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    public static readonly TimeSpan CountedFor = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await crossTenant.CloseRefusalsAsync(CountedFor, stoppingToken);
            }
            catch (Exception exception) when (DatabaseAway.IsCauseOf(exception))
            {
                LogLater(exception.Message);
            }
    }

    [LoggerMessage(LogLevel.Warning, "Refusals could not be summed up, next minute they will be: {Reason}")]
    private partial void LogLater(string reason);
}
