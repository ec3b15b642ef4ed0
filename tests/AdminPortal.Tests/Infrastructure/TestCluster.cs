using AdminPortal.Tests.Infrastructure;
using Xunit;

[assembly: AssemblyFixture(typeof(TestCluster))]

namespace AdminPortal.Tests.Infrastructure;

/// <summary>The one cluster of a test run, started when the first class asks for a database.</summary>
public sealed class TestCluster : IAsyncDisposable
{
    private readonly Lazy<Task<MigratedCluster>> started = new(() => MigratedCluster.StartAsync(CancellationToken.None));

    public Task<MigratedCluster> StartedAsync() => started.Value;

    public async ValueTask DisposeAsync()
    {
        if (started.IsValueCreated)
            await (await started.Value).DisposeAsync();
    }
}
