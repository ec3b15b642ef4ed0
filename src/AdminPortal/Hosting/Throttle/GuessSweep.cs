using AdminPortal.Data;
using Microsoft.Extensions.Options;

namespace AdminPortal.Hosting;

/// <summary>Forgets, once a minute, guesses that slow nobody down any more, so that a flood of names and addresses fills no disk.</summary>
internal sealed partial class GuessSweep(
    CrossTenant crossTenant, IOptions<LimitsOptions> limits, TimeProvider time, ILogger<GuessSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await crossTenant.TrimGuessesAsync(limits.Value.Guesses.Memory, limits.Value.Guesses.Remembered, stoppingToken);
            }
            catch (Exception exception) when (DatabaseAway.IsCauseOf(exception))
            {
                LogSkipped(exception.Message);
            }
    }

    [LoggerMessage(LogLevel.Warning, "Old guesses could not be cleared away, next minute they will be: {Reason}")]
    private partial void LogSkipped(string reason);
}
