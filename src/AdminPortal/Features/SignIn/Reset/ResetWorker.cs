namespace AdminPortal.Features.SignIn.Reset;

/// <summary>Answers what was asked on the page of forgotten passwords, in processes with the role <c>worker</c>.</summary>
internal sealed partial class ResetWorker(IServiceScopeFactory scopes, ILogger<ResetWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private const int LooksBetweenForgetting = 600;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(LookEvery);
        var looks = 0;
        do
            try
            {
                while (await InScopeAsync(links => links.HandleNextAsync(stoppingToken))) { }
                if (looks++ % LooksBetweenForgetting == 0) await InScopeAsync(async links =>
                {
                    await links.ForgetAsync(stoppingToken);
                    return false;
                });
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogSkipped(exception.Message);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Each question is a unit of work of its own.
    private async Task<bool> InScopeAsync(Func<SendResetLink, Task<bool>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<SendResetLink>());
    }

    [LoggerMessage(LogLevel.Warning, "Forgotten passwords could not be looked after; trying again. {Reason}")]
    private partial void LogSkipped(string reason);
}
