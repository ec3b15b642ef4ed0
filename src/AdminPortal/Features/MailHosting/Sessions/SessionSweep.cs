using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Sessions;

/// <summary>Looks at all live sessions now and then: an exception that starts or ends by the clock, and a password that runs out, tell nobody.</summary>
internal sealed partial class SessionSweep(
    AccessEnforcement enforcement, LiveSessions live, IOptions<MailHostingOptions> options, TimeProvider time, ILogger<SessionSweep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.SessionSweep, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await enforcement.EndOverdueAsync(live.All(), stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSkipped(exception.Message);
            }
    }

    [LoggerMessage(LogLevel.Warning, "Live mail sessions could not be looked at, next time they will be: {Reason}")]
    private partial void LogSkipped(string reason);
}
