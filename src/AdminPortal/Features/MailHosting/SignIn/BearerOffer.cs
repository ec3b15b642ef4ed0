using AdminPortal.Data;
using AdminPortal.Data.ChangeFeed;

namespace AdminPortal.Features.MailHosting.SignIn;

/// <summary>
/// Whether the mail server offers to take access tokens: once any tenant takes them. Before a name is given nobody knows whose client it is, and
/// some programs try what is offered before what works.
/// </summary>
internal sealed partial class BearerOffer(CrossTenant crossTenant, ILogger<BearerOffer> logger) : IAccessChangeReader, IHostedService
{
    private bool isOffered;

    public bool IsOffered => Volatile.Read(ref isOffered);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The change feed's listener raises a resync once the database is there.
            LogNotYet(failure.Message);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A setting of a tenant moved, or anything may have: one mailbox's access says nothing about it.</summary>
    public async Task<int> OnAccessChangedAsync(AccessChange change, CancellationToken cancellationToken)
    {
        if (change.MailboxId is null) await LookAsync(cancellationToken);
        return 0;
    }

    private async Task LookAsync(CancellationToken cancellationToken) => Volatile.Write(ref isOffered, await crossTenant.TakesMailTokensAsync(cancellationToken));

    [LoggerMessage(LogLevel.Warning, "Whether access tokens are taken is not known yet: {Reason}")]
    private partial void LogNotYet(string reason);
}
