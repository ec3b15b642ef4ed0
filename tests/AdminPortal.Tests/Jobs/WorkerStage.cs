using AdminPortal.Data;
using AdminPortal.Jobs;
using AdminPortal.Migrations;
using AdminPortal.Tests.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace AdminPortal.Tests.Jobs;

/// <summary>A tenant, a queue and a worker that runs one operation when it is told to.</summary>
internal sealed class WorkerStage : IAsyncDisposable
{
    private readonly ServiceProvider services;
    private readonly string connectionString;

    private WorkerStage(string connectionString, IOperationHandler[] handlers, TimeSpan lease)
    {
        this.connectionString = connectionString;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Jobs:Lease"] = lease.ToString(),
            ["Jobs:RenewEvery"] = "00:00:00.1",
        }).Build();
        services = new ServiceCollection()
            .AddLogging(logging => logging.ClearProviders())
            .AddData(connectionString)
            .AddSingleton(TimeProvider.System)
            .Configure<IdentityOptions>(identity => identity.Stores.SchemaVersion = IdentitySchemaVersions.Version3)
            .AddJobs(configuration)
            .AddOperationWorker()
            .AddHandlers(handlers)
            .BuildServiceProvider();
    }

    public Guid Tenant { get; } = Guid.CreateVersion7();

    /// <summary>On an empty queue: a worker takes whatever any tenant left there.</summary>
    public static async Task<WorkerStage> SetAsync(TestDatabase database, TimeSpan lease, params IOperationHandler[] handlers)
    {
        var stage = new WorkerStage(database.ServingConnectionString, handlers, lease);
        await using (var owner = PortalDbContextFactory.Create(database.OwnerConnectionString))
            await owner.Operations.IgnoreQueryFilters().ExecuteDeleteAsync(TestContext.Current.CancellationToken);
        await using var db = stage.Db();
        db.Tenants.Add(new() { Id = stage.Tenant, Slug = $"t{stage.Tenant:N}", Name = "Worker" });
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        return stage;
    }

    public async Task<Guid> QueueAsync(string kind, string askedBy = "anna@contoso.example")
    {
        await using var scope = services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<TenantScope>().Enter(Tenant);
        scope.ServiceProvider.GetRequiredService<Actor>().Become(ActorKind.User, Guid.CreateVersion7(), askedBy);
        var operation = scope.ServiceProvider.GetRequiredService<OperationQueue>().Add(kind, new { }, null);
        await scope.ServiceProvider.GetRequiredService<PortalDbContext>().SaveChangesAsync(TestContext.Current.CancellationToken);
        return operation.Id;
    }

    /// <summary>As long as there is something to do.</summary>
    public Task<bool> RunNextAsync(CancellationToken stopping) => services.GetRequiredService<OperationWorker>().RunNextAsync(stopping);

    public async Task<Operation> ReadAsync(Guid id)
    {
        await using var db = Db();
        return await db.Operations.SingleAsync(o => o.Id == id, TestContext.Current.CancellationToken);
    }

    /// <summary>What a worker that died leaves behind: a lease that has run out.</summary>
    public async Task LetLeaseRunOutAsync(Guid id)
    {
        await using var db = Db();
        await db.Operations.Where(o => o.Id == id)
            .ExecuteUpdateAsync(o => o.SetProperty(x => x.LeaseUntil, DateTimeOffset.UnixEpoch), TestContext.Current.CancellationToken);
    }

    /// <summary>Another worker's claim, in one statement: between two the first could renew its lease.</summary>
    public async Task TakeOverAsync(Guid id)
    {
        await using var db = Db();
        await db.Operations.Where(o => o.Id == id).ExecuteUpdateAsync(o => o.SetProperty(x => x.Fence, x => x.Fence + 1), TestContext.Current.CancellationToken);
    }

    public Task<ClaimedOperation?> ClaimAsync() =>
        services.GetRequiredService<CrossTenant>().ClaimOperationAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

    public PortalDbContext Db()
    {
        var scope = new TenantScope();
        scope.Enter(Tenant);
        return ServingContext.Create(connectionString, scope);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();
}

internal static class Handlers
{
    public static IServiceCollection AddHandlers(this IServiceCollection services, IEnumerable<IOperationHandler> handlers)
    {
        foreach (var handler in handlers) services.AddSingleton(handler);
        return services;
    }
}

/// <summary>A handler whose work is the test's own.</summary>
internal sealed class Work(string kind, Func<OperationRun, CancellationToken, Task> run) : IOperationHandler
{
    public string Kind => kind;

    public Task RunAsync(OperationRun run1, CancellationToken cancellationToken) => run(run1, cancellationToken);
}
