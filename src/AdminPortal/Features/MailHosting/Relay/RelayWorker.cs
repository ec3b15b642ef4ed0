using AdminPortal.Data;
using AdminPortal.Hosting.OutgoingMail.Relay;
using AdminPortal.MailServer;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.MailHosting.Relay;

/// <summary>
/// Sends what waits in the queue to the smarthost, a few messages at a time, in whichever process claims them. Who could not be reached is
/// tried again with growing pauses; who was refused, or waited too long, is reported to the sender.
/// </summary>
/// <remarks>
/// An attempt is over before its lease is, so two processes never send one message at the same time. What a killed process had on its way is
/// taken up when the lease ends: if the smarthost had already taken it, it is sent twice; that is the price of never losing one.
/// </remarks>
internal sealed partial class RelayWorker(
    CrossTenant crossTenant, RelayQueue queue, RelayReports reports, SmarthostDelivery smarthost, IOptions<SmarthostOptions> options,
    IOptions<MailServerOptions> server, TimeProvider time, ILogger<RelayWorker> logger) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    /// <summary>For writing down how an attempt ended.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await Task.WhenAll(Enumerable.Range(0, options.Value.AtOnce).Select(_ => WorkAsync(stoppingToken)));
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
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

    /// <summary>Claims one message and makes one attempt. False when none is due.</summary>
    internal async Task<bool> SendNextAsync(CancellationToken cancellationToken)
    {
        var lease = options.Value.Timeout + 2 * LastWords;
        if (await crossTenant.ClaimRelayedMessageAsync(lease, cancellationToken) is not { } claim) return false;
        if (await queue.ReadAsync(claim, cancellationToken) is not { } mail) return true;

        var attempted = await AttemptAsync(mail, cancellationToken);
        using var patience = new CancellationTokenSource(LastWords);
        // To the end, even when the process is being stopped: what was sent and not settled is sent twice.
        if (await queue.SettleAsync(mail, attempted, patience.Token)) LogAttempted(mail.Claim.Id, mail.Claim.Attempts, attempted.RetryIn);
        return true;
    }

    private async Task<Settlement> AttemptAsync(RelayedMail mail, CancellationToken cancellationToken)
    {
        var waiting = mail.Recipients.Where(r => r.State == RelayedState.Waiting).ToList();
        var (answers, tellsOfSuccess) = waiting.Count == 0 || mail.IsCancelled ? ([], true) : await AskAsync(mail, waiting, cancellationToken);
        var decided = mail.IsCancelled ? waiting.ConvertAll(r => Failed(mail, r, "5.7.0", "ReportCancelled")) : [.. waiting.Zip(answers, (r, answer) => Decide(mail, r, answer))];
        var refused = mail.Recipients.Where(r => r.State == RelayedState.Refused).Select(r => Failed(mail, r, r.Status ?? "5.0.0", "ReportFull"));
        RelayedTo[] all = [.. decided, .. refused];
        return Settle(mail, all, tellsOfSuccess, interrupted: cancellationToken.IsCancellationRequested);
    }

    private async Task<(IReadOnlyList<RelayAnswer> Answers, bool TellsOfSuccess)> AskAsync(
        RelayedMail mail, IReadOnlyList<RelayedTo> waiting, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream(mail.Content, writable: false);
        var outcome = await smarthost.SendAsync(
            new(mail.Sender, [.. waiting.Select(r => new RecipientForSmarthost(r.Address, r.NotifyWords, r.OriginalAddress))], content)
            {
                EnvelopeId = mail.EnvelopeId,
                ReturnsWhole = mail.ReturnsWhole,
                IsUtf8 = mail.IsUtf8,
            },
            server.Value.HostName, cancellationToken);
        return (outcome.Answers, outcome.TellsOfSuccess);
    }

    private Settlement Settle(RelayedMail mail, IReadOnlyList<RelayedTo> all, bool tellsOfSuccess, bool interrupted)
    {
        var waiting = all.Where(r => r.State == RelayedState.Waiting).ToList();
        var tellsDelay = waiting.Count > 0 && !mail.DelayTold && time.GetUtcNow() - mail.QueuedAt >= options.Value.TellOfDelayAfter;
        var written = reports.Write(
            mail,
            failed: all.Where(r => r.State == RelayedState.Failed),
            relayed: tellsOfSuccess ? [] : all.Where(r => r.State == RelayedState.Sent),
            delayed: tellsDelay ? waiting : [],
            until: GivesUpAt(mail));
        TimeSpan? retryIn = waiting.Count == 0 ? null : interrupted ? TimeSpan.Zero : PauseAfter(mail.Claim.Attempts);
        return new(all, written, retryIn, mail.DelayTold || tellsDelay);
    }

    private RelayedTo Decide(RelayedMail mail, RelayedTo recipient, RelayAnswer answer) => answer.Fate switch
    {
        RelayFate.Taken => recipient with { State = RelayedState.Sent, Status = answer.Status, Said = answer.Said },
        RelayFate.Refused => recipient with { State = RelayedState.Failed, Status = answer.Status, Said = answer.Said },
        // RFC 3463, X.4.7: delivery time expired; what the other server said last says why.
        _ when time.GetUtcNow() >= GivesUpAt(mail) =>
            recipient with { State = RelayedState.Failed, Status = "5.4.7", Said = $"{reports.Because(mail, "ReportTooOld")} {answer.Said}" },
        _ => recipient with { Status = answer.Status, Said = answer.Said },
    };

    private RelayedTo Failed(RelayedMail mail, RelayedTo recipient, string status, string because) =>
        recipient with { State = RelayedState.Failed, Status = status, Said = reports.Because(mail, because) };

    private DateTimeOffset GivesUpAt(RelayedMail mail) => mail.QueuedAt + options.Value.GiveUpAfter;

    /// <summary>Doubled with each attempt, up to the longest.</summary>
    internal TimeSpan PauseAfter(int attempts)
    {
        var pause = options.Value.FirstPause.TotalSeconds * Math.Pow(2, Math.Min(attempts, 30) - 1);
        return TimeSpan.FromSeconds(Math.Min(pause, options.Value.LongestPause.TotalSeconds));
    }

    [LoggerMessage(LogLevel.Information, "Message {Message} was tried for the {Attempt}. time; tried again in: {RetryIn}.")]
    private partial void LogAttempted(Guid message, int attempt, TimeSpan? retryIn);

    [LoggerMessage(LogLevel.Warning, "The queue of mail to elsewhere could not be worked on; trying again. {Reason}")]
    private partial void LogSkipped(string reason);
}
