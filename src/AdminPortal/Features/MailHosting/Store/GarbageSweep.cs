using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Store;

/// <summary>Removes the contents of messages that are gone, when nobody can still be reading them.</summary>
internal sealed partial class GarbageSweep(
    CrossTenant crossTenant, IOptions<MailHostingOptions> options, TimeProvider time, ILogger<GarbageSweep> logger) : BackgroundService
{
    private const int MostAtOnce = 500;
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                while (await crossTenant.RemoveMailGarbageAsync(options.Value.ContentGrace, MostAtOnce, stoppingToken) == MostAtOnce) { }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSkipped(exception.Message);
            }
    }

    [LoggerMessage(LogLevel.Warning, "Contents of removed messages could not be cleared away, next time they will be: {Reason}")]
    private partial void LogSkipped(string reason);
}
