using AdminPortal.Migrations;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

public sealed class MigrationTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public void The_model_has_not_drifted_from_the_migrations()
    {
        using var db = PortalDbContextFactory.Create(database.OwnerConnectionString);

        Assert.False(db.Database.HasPendingModelChanges(), "The model changed: add a migration (dotnet ef migrations add NAME, in migrations/).");
    }

    [Fact]
    public async Task Two_migrators_at_once_and_a_second_run_do_no_harm()
    {
        var runs = Enumerable.Range(0, 2).Select(_ =>
            Migrator.MigrateAsync(database.OwnerConnectionString, database.ServingConnectionString, TestContext.Current.CancellationToken));
        await Task.WhenAll(runs);

        await using var db = PortalDbContextFactory.Create(database.OwnerConnectionString);
        Assert.Empty(await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Identifiers_made_by_the_database_are_version_7_and_ascend()
    {
        await using var source = NpgsqlDataSource.Create(database.OwnerConnectionString);
        await using var command = source.CreateCommand("SELECT new_uuid() FROM generate_series(1, 50), pg_sleep(0.002)");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var made = new List<Guid>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) made.Add(reader.GetGuid(0));

        Assert.All(made, id => Assert.Equal((7, true), (id.Version, id.Variant is >= 8 and <= 11)));
        var prefixes = made.Select(id => id.ToString()[..13]).ToList();
        Assert.Equal(prefixes.Order(StringComparer.Ordinal), prefixes);
    }
}
