using System.Security.Cryptography;
using AdminPortal.Data;

namespace AdminPortal.Hosting.OutgoingMail;

/// <summary>
/// Sends what waits in the outbox, one mail after the other, in whichever process claims it. A mail that could not be sent is tried again
/// with growing pauses until its link is too old; one that the server refuses is given up at once, and seen as failed.
/// </summary>
internal sealed partial class OutgoingMailWorker(
    CrossTenant crossTenant, IMailRoutes routes, SmtpDelivery delivery, Envelope envelope, TimeProvider time, ILogger<OutgoingMailWorker> logger)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>For settling one that was sent while the process is told to stop.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(LookEvery);
        do
            try
            {
                while (await SendNextAsync(stoppingToken)) { }
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogSkipped(exception.Message);
            }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Claims and sends one mail. False when none is due, or there is no way to send one.</summary>
    internal async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        if (!routes.IsOpen || await routes.FindAsync(cancellationToken) is not { } route) return false;
        // Longer than an attempt can take, so that nobody else takes up what is on its way.
        if (await crossTenant.ClaimMailAsync(2 * route.Timeout + LastWords, cancellationToken) is not { } mail) return false;

        var outcome = await SendAsync(route, mail, cancellationToken);
        await SettleAsync(mail, outcome);
        return true;
    }

    private async Task<DeliveryOutcome> SendAsync(MailRoute route, ClaimedMail mail, CancellationToken cancellationToken)
    {
        if (mail.ExpiresAt <= time.GetUtcNow()) return new(MailFailure.Expired);
        try
        {
            var message = Outbox.Open(envelope, mail).ToMessage(mail.Id, route.From, mail.Recipient, time.GetUtcNow());
            return await delivery.SendAsync(route, message, cancellationToken);
        }
        catch (CryptographicException)
        {
            return new(MailFailure.Unreadable);
        }
    }

    // To the end, even when the process is being stopped: a mail that was sent and not settled is sent twice.
    private async Task SettleAsync(ClaimedMail mail, DeliveryOutcome outcome)
    {
        using var patience = new CancellationTokenSource(LastWords);
        var state = outcome switch
        {
            { Failure: null } => QueuedMailState.Sent,
            { IsFinal: true } => QueuedMailState.Failed,
            _ => QueuedMailState.Waiting,
        };
        await crossTenant.SettleMailAsync(mail, state, outcome.Failure, outcome.Code, PauseAfter(mail.Attempts), patience.Token);
        if (state == QueuedMailState.Sent) LogSent(mail.Id);
        else LogFailed(mail.Id, outcome.Failure!.Value, outcome.Code, state == QueuedMailState.Failed ? "It is given up." : "It is tried again.");
    }

    /// <summary>10 s, 20 s, 40 s … an hour.</summary>
    internal static TimeSpan PauseAfter(int attempts) =>
        TimeSpan.FromSeconds(Math.Min(10 * Math.Pow(2, Math.Min(attempts, 20) - 1), LongestPause.TotalSeconds));

    [LoggerMessage(LogLevel.Information, "Mail {Mail} was sent.")]
    private partial void LogSent(Guid mail);

    [LoggerMessage(LogLevel.Warning, "Mail {Mail} could not be sent: {Failure} {Code}. {Next}")]
    private partial void LogFailed(Guid mail, MailFailure failure, string? code, string next);

    [LoggerMessage(LogLevel.Warning, "The outbox could not be worked on; trying again. {Reason}")]
    private partial void LogSkipped(string reason);
}
