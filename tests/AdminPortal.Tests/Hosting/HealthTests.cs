using System.Net;
using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Hosting;

public sealed class HealthTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_portal_that_can_serve_says_so_and_names_its_commit()
    {
        var ready = await portal.Anonymous().GetAsync("/health/ready", Cancel).JsonAsync();
        Assert.Equal("ready", ready.GetProperty("status").GetString());
        Assert.Matches("^([0-9a-f]{40}|unknown)$", ready.GetProperty("commit").GetString());
    }
}

public sealed class OldSchemaTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_portal_on_an_older_schema_is_not_ready_and_says_what_to_do()
    {
        await using var owner = NpgsqlDataSource.Create(portal.Database.OwnerConnectionString);
        await using var older = owner.CreateCommand("ALTER TABLE pod DROP COLUMN host");
        await older.ExecuteNonQueryAsync(Cancel);

        var answer = await portal.Anonymous().GetAsync("/health/ready", Cancel).JsonAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Contains("pod.host", answer.GetProperty("obstacle").GetString());
        Assert.Contains("migrator", answer.GetProperty("obstacle").GetString());
    }
}
