using Xunit;

namespace AdminPortal.Tests.Infrastructure;

/// <summary>A migrated, empty database for one test class: <c>public sealed class SomeTests(TestDatabase database) : IClassFixture&lt;TestDatabase&gt;</c>.</summary>
public sealed class TestDatabase(TestCluster cluster) : IAsyncLifetime
{
    private DatabaseCopy? copy;

    /// <inheritdoc cref="DatabaseCopy.ServingConnectionString"/>
    public string ServingConnectionString => Copy.ServingConnectionString;

    /// <inheritdoc cref="DatabaseCopy.OwnerConnectionString"/>
    public string OwnerConnectionString => Copy.OwnerConnectionString;

    /// <inheritdoc cref="DatabaseCopy.SuperuserConnectionString"/>
    public string SuperuserConnectionString => Copy.SuperuserConnectionString;

    private DatabaseCopy Copy => copy ?? throw new InvalidOperationException("xUnit initialises a fixture before it hands it out.");

    public async ValueTask InitializeAsync() =>
        copy = await (await cluster.StartedAsync()).CopyAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (copy is not null)
            await copy.DisposeAsync();
    }
}
