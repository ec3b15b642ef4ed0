using AdminPortal.Data;
using AdminPortal.Jobs;
using AdminPortal.Tests.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Jobs;

public sealed class HousekeepingTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("change_feed", "at", "59 minutes", "61 minutes")]
    [InlineData("idempotency_record", "created_at", "23 hours", "25 hours")]
    [InlineData("import", "created_at", "23 hours", "25 hours")]
    public async Task What_was_kept_long_enough_is_forgotten_in_every_tenant(string table, string column, string young, string old)
    {
        await OwnerAsync($"UPDATE {table} SET {column} = now() - interval '{young}'");
        await TidyAsync();
        Assert.Equal(2, await CountAsync(table));

        await OwnerAsync($"UPDATE {table} SET {column} = now() - interval '{old}'");
        await KeepBusyAsync(tenants.Theirs);
        await TidyAsync();
        // An upload that is being applied is still needed.
        Assert.Equal(table == "import" ? 1 : 0, await CountAsync(table));
    }

    private async Task TidyAsync()
    {
        await using var serving = NpgsqlDataSource.Create(tenants.Database.ServingConnectionString);
        using var housekeeping = new Housekeeping(new CrossTenant(serving), TimeProvider.System, NullLogger<Housekeeping>.Instance);
        await housekeeping.TidyAsync(Cancel);
    }

    private Task KeepBusyAsync(Guid tenant) => OwnerAsync(
        $"""
        UPDATE operation SET state = 2 WHERE tenant_id = '{tenant}';
        UPDATE import i SET operation_id = o.id FROM operation o WHERE o.tenant_id = i.tenant_id AND i.tenant_id = '{tenant}'
        """);

    private async Task<long> CountAsync(string table)
    {
        await using var owner = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
        await using var count = owner.CreateCommand($"SELECT count(*) FROM {table} WHERE tenant_id IN ('{tenants.Ours}', '{tenants.Theirs}')");
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    private async Task OwnerAsync(string sql)
    {
        await using var owner = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
        await using var command = owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
