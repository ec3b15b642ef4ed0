using AdminPortal.Data;
using AdminPortal.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace AdminPortal.Features.Tenants;

/// <summary>
/// Looks again for the proofs of claimed domains, ever more rarely, and forgets claims that were not proven in time. Each claim is taken by
/// one process at a time: taking it sets when it is looked at next.
/// </summary>
internal sealed partial class DomainProofWorker(
    CrossTenant crossTenant, IServiceScopeFactory scopes, IOptions<DomainOptions> options, TimeProvider time, ILogger<DomainProofWorker> logger) : BackgroundService
{
    private const int MostAtOnce = 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogSkipped(exception.Message);
            }
    }

    /// <summary>Looks at every claim that is due.</summary>
    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        while (await crossTenant.ClaimDueDomainsAsync(time.GetUtcNow(), MostAtOnce, cancellationToken) is { Count: > 0 } due)
            foreach (var claim in due)
                await LookAtAsync(claim, cancellationToken);
    }

    private async Task LookAtAsync(DueDomain claim, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(claim.TenantId);
        if (await scope.ServiceProvider.GetRequiredService<DomainProof>().CheckAsync(claim.DomainId, cancellationToken) == ProofOutcome.Proven) return;
        if (claim.ClaimedAt < time.GetUtcNow() - options.Value.ClaimLasts) await ForgetAsync(scope.ServiceProvider, claim, cancellationToken);
    }

    private static async Task ForgetAsync(IServiceProvider services, DueDomain claim, CancellationToken cancellationToken)
    {
        var db = services.GetRequiredService<PortalDbContext>();
        if (await db.Domains.SingleOrDefaultAsync(d => d.Id == claim.DomainId && d.ActiveSince == null, cancellationToken) is not { } domain) return;
        db.Remove(domain);
        var record = services.GetRequiredService<Actor>().Did(domain.TenantId, AuditActions.DomainClaimExpired, "domain", domain.Id, domain.Name);
        await services.GetRequiredService<RecordedChange>().SaveAsync(record, moved: null, "", cancellationToken);
    }

    [LoggerMessage(LogLevel.Warning, "Proofs of domains could not be looked for, soon they will be: {Reason}")]
    private partial void LogSkipped(string reason);
}
