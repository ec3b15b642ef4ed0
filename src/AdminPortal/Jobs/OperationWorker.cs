using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Jobs;

/// <summary>
/// Takes operations from the queue one after the other and has their handlers run them. It may be killed at any moment: a lease that is no
/// longer renewed makes the operation claimable again, and its work is one transaction that either committed with its final state or never was.
/// </summary>
internal sealed class OperationWorker(
    IServiceScopeFactory scopes, CrossTenant crossTenant, OperationBell bell, JobsOptions options, ILogger<OperationWorker> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => WorkAsync(stoppingToken)));

    private async Task WorkAsync(CancellationToken stopping)
    {
        await Task.Yield();
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (!await RunNextAsync(stopping))
                    await bell.WaitAsync(options.LookEvery, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Mostly a database that is away. Whatever was claimed is claimed again when its lease has run out.
                logger.LogWarning(exception, "The queue could not be worked on; trying again.");
                await bell.WaitAsync(options.LookEvery, CancellationToken.None);
            }
        }
    }

    /// <summary>Claims and runs one operation. False when none was waiting.</summary>
    internal async Task<bool> RunNextAsync(CancellationToken stopping)
    {
        if (await crossTenant.ClaimOperationAsync(options.Lease, stopping) is not { } claimed) return false;

        await using var scope = scopes.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(claimed.TenantId);
        var lease = new OperationLease(claimed, scope.ServiceProvider.GetRequiredService<TenantConnection>(), options, logger);
        await RunAsync(scope.ServiceProvider, claimed, lease, stopping);
        return true;
    }

    private async Task RunAsync(IServiceProvider services, ClaimedOperation claimed, OperationLease lease, CancellationToken stopping)
    {
        var operation = await services.GetRequiredService<PortalDbContext>().Operations.AsNoTracking().SingleAsync(o => o.Id == claimed.Id, stopping);
        BecomeWhoAsked(services.GetRequiredService<Actor>(), operation);

        if (operation.CancelRequested)
            await lease.EndAsync(OperationState.Cancelled, null);
        else if (claimed.Fence > options.MostClaims)
            await lease.EndAsync(OperationState.Failed, OperationErrors.GaveUp);
        else if (services.GetServices<IOperationHandler>().SingleOrDefault(h => h.Kind == claimed.Kind) is not { } handler)
            await lease.EndAsync(OperationState.Failed, OperationErrors.UnknownKind);
        else
            await HandleAsync(handler, new OperationRun(claimed, operation, services.GetRequiredService<TenantConnection>()), lease, stopping);
    }

    private async Task HandleAsync(IOperationHandler handler, OperationRun run, OperationLease lease, CancellationToken stopping)
    {
        using var alive = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewal = lease.RenewAsync(cancelWork: alive);
        try
        {
            await RunOrUndoAsync(handler, run, alive.Token);
            logger.LogInformation("Operation {Operation} ({Kind}) is done.", run.Id, handler.Kind);
        }
        catch (OperationCanceledException) when (alive.IsCancellationRequested)
        {
            if (lease.IsLost) LogLost(run);
            else if (lease.CancelRequested) await lease.EndAsync(OperationState.Cancelled, null);
            else await lease.GiveBackAsync();
        }
        catch (LeaseLostException)
        {
            LogLost(run);
        }
        catch (OperationRefusedException refused)
        {
            await lease.EndAsync(OperationState.Failed, refused.Message);
        }
        catch (Exception exception) when (MayPass(exception))
        {
            logger.LogWarning(exception, "Operation {Operation} lost the database; it is queued again.", run.Id);
            await lease.RequeueAsync();
        }
        catch (Exception exception)
        {
            logger.LogError(exception, "Operation {Operation} ({Kind}) failed.", run.Id, handler.Kind);
            await lease.EndAsync(OperationState.Failed, OperationErrors.Unexpected);
        }
        finally
        {
            await lease.StopRenewingAsync(renewal);
        }
    }

    private void LogLost(OperationRun run) =>
        logger.LogWarning("Operation {Operation} went to another worker; this one's work was rolled back.", run.Id);

    private static Task RunOrUndoAsync(IOperationHandler handler, OperationRun run, CancellationToken cancellationToken) => run.UndoOf switch
    {
        null => handler.RunAsync(run, cancellationToken),
        { } original when handler is IUndoableOperationHandler undoable => undoable.UndoAsync(run, original, cancellationToken),
        _ => throw new OperationRefusedException(OperationErrors.UnknownKind),
    };

    // EF Core wraps what the database said.
    private static bool MayPass(Exception? exception) =>
        exception is not null && (exception is NpgsqlException { IsTransient: true } || MayPass(exception.InnerException));

    private static void BecomeWhoAsked(Actor actor, Operation operation)
    {
        actor.Become(operation.RequestedByKind, operation.RequestedById, operation.RequestedBy);
        actor.RemoteAddress = operation.RemoteAddress;
        actor.OperationId = operation.Id;
    }
}
