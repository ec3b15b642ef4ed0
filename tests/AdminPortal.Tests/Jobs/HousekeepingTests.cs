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

    [Theory]
    [InlineData("portal_session", "last_seen_at", "29 days", "31 days")]
    [InlineData("portal_sign_in", "last_at", "89 days", "91 days")]
    [InlineData("portal_used_proof", "used_at", "23 hours", "25 hours")]
    public async Task What_was_kept_of_a_persons_comings_is_forgotten_too(string table, string column, string young, string old)
    {
        await OwnerAsync(
            $"""
            INSERT INTO portal_user (id, user_name, email_confirmed, phone_number_confirmed, two_factor_enabled, lockout_enabled, access_failed_count, is_platform_admin)
            VALUES ('{Visitor}', 'visitor', false, false, false, false, 0, false) ON CONFLICT DO NOTHING;
            DELETE FROM portal_session; DELETE FROM portal_sign_in; DELETE FROM portal_used_proof;
            INSERT INTO portal_session (id, user_id, method, started_at, last_seen_at, proved_at) VALUES (gen_random_uuid(), '{Visitor}', 1, now(), now(), now());
            INSERT INTO portal_sign_in (id, user_id, method, result, first_at, last_at, count) VALUES (gen_random_uuid(), '{Visitor}', 1, 1, now(), now(), 1);
            INSERT INTO portal_used_proof (hash, used_at) VALUES ('answer', now())
            """);
        foreach (var (age, left) in new[] { (young, 1L), (old, 0L) })
        {
            await OwnerAsync($"UPDATE {table} SET {column} = now() - interval '{age}'");
            await TidyAsync();
            await using var owner = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
            await using var count = owner.CreateCommand($"SELECT count(*) FROM {table}");
            Assert.Equal(left, await count.ExecuteScalarAsync(Cancel));
        }
    }

    private const string Visitor = "0199e000-0000-7000-8000-000000000001";

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
