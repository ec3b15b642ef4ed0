using AdminPortal.Data.ChangeFeed;
using AdminPortal.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class ChangeFeedTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_committed_change_is_not_answered_as_failed_because_a_reader_lost_the_database()
    {
        await using var source = NpgsqlDataSource.Create(database.ServingConnectionString);
        var feed = new ChangeFeed(source, [new LosesTheDatabase(source)], NullLogger<ChangeFeed>.Instance);

        Assert.Equal(0, await feed.PublishAsync(new(Guid.CreateVersion7(), null), TestContext.Current.CancellationToken));
    }

    private sealed class LosesTheDatabase(NpgsqlDataSource source) : IAccessChangeReader
    {
        public async Task<int> OnAccessChangedAsync(AccessChange change, CancellationToken cancellationToken)
        {
            await using var die = source.CreateCommand("SELECT pg_terminate_backend(pg_backend_pid())");
            return await die.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
