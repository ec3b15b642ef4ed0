using System.Reflection;
using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>The second wall: row-level security holds where EF Core's filters are forgotten.</summary>
public sealed class WallTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    public static TheoryData<string> TenantTables()
    {
        using var db = ServingContext.Create("Host=model-only", new TenantScope());
        return new(db.Model.GetEntityTypes().Where(t => typeof(ITenantOwned).IsAssignableFrom(t.ClrType)).Select(t => t.ClrType.Name).Order());
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task Without_a_tenant_no_row_is_seen(string entity)
    {
        await using var owner = tenants.Owner();
        await using var nobody = tenants.Serving(null);

        Assert.True(await CountAsync(owner, entity) >= 2, "The test would prove nothing: both tenants must own a row.");
        Assert.Equal(0, await CountAsync(nobody, entity));
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task With_the_filters_ignored_no_foreign_row_is_seen(string entity)
    {
        await using var ours = tenants.Serving(tenants.Ours);

        var owners = await TenantsOfRowsAsync(ours, entity);

        Assert.NotEmpty(owners);
        Assert.All(owners, id => Assert.Equal(tenants.Ours, id));
    }

    [Theory]
    [MemberData(nameof(TenantTables))]
    public async Task No_row_can_be_written_into_a_foreign_tenant(string entity)
    {
        await using var ours = tenants.Serving(tenants.Ours);
        var table = ours.Model.GetEntityTypes().Single(t => t.ClrType.Name == entity).GetTableName()!;
        await using var source = NpgsqlDataSource.Create(tenants.Database.ServingConnectionString);
        await using var connection = await TenantConnection.OpenAsync(source, tenants.Ours, TestContext.Current.CancellationToken);

        await using var update = new NpgsqlCommand($"UPDATE {table} SET tenant_id = $1", connection) { Parameters = { new() { Value = tenants.Theirs } } };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => update.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

        // By the wall's policy, by the grant on the append-only trail, or because a generated column is never written (428C9).
        Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.InsufficientPrivilege, "428C9" });
    }

    [Fact]
    public async Task Every_table_that_carries_a_tenant_is_walled_and_the_wall_binds_its_owner()
    {
        var open = await QueryAsync(
            """
            SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
              AND (c.relname = 'tenant' OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'))
            """);

        Assert.Empty(open);
    }

    [Fact]
    public async Task Every_foreign_key_between_tenant_tables_carries_the_tenant()
    {
        var loose = await QueryAsync(
            """
            SELECT k.conname FROM pg_constraint k
            WHERE k.contype = 'f'
              AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id')
              AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attname = 'tenant_id')
              AND NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attname = 'tenant_id' AND a.attnum = ANY (k.conkey))
            """);

        Assert.Empty(loose);
    }

    [Fact]
    public async Task Only_the_listed_entrances_run_with_the_owners_eyes()
    {
        var entrances = await QueryAsync("SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.prosecdef ORDER BY 1");

        Assert.Equal(
            [
                "active_protocol_logs",
                "change_feed_since",
                "change_feed_start",
                "claim_due_domains",
                "claim_operation",
                "claim_queued_mail",
                "claim_relayed_message",
                "count_mailboxes",
                "create_platform_token",
                "deliver_mail",
                "deliver_mail",
                "find_api_token",
                "find_bearer",
                "find_full_mailboxes",
                "find_invitation",
                // Twice: for this release and for the one before.
                "find_mail_login",
                "find_mail_login",
                "find_mail_recipient",
                "find_mail_recipient",
                "find_mail_token_issuer",
                "find_overdue_mail_sessions",
                "find_overdue_mail_sessions",
                "find_service_login",
                "find_tenant",
                "find_tenant_of_domain",
                "know_address",
                "let_in",
                "list_held_off",
                "list_tenants",
                "list_unsent_mail",
                "mail_folder_positions",
                "memberships_of",
                "pardon_guess",
                "release_audit_events",
                "remove_mail_garbage",
                "seal_audit_events",
                "search_mailboxes",
                "settle_queued_mail",
                "sign_in_providers_of",
                "take_guess",
                "takes_mail_tokens",
                "touch_api_token",
                "trim_change_feed",
                "trim_guesses",
                "trim_idempotency_records",
                "trim_imports",
                "trim_protocol_logs",
                "trim_queued_mail",
                "trim_relayed_messages",
            ],
            entrances);
    }

    [Fact]
    public async Task Searching_a_foreign_tenant_is_refused()
    {
        await using var ours = tenants.Serving(tenants.Ours);

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            ours.Database.SqlQuery<Guid>($"SELECT mailbox_id AS \"Value\" FROM search_mailboxes({tenants.Theirs}, 'some', 10)").ToListAsync(TestContext.Current.CancellationToken));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("UPDATE audit_event SET actor_name = 'nobody'")]
    [InlineData("DELETE FROM audit_event")]
    [InlineData("TRUNCATE audit_event")]
    [InlineData("UPDATE audit_seal SET hash = ''")]
    [InlineData("DELETE FROM audit_seal")]
    [InlineData("TRUNCATE audit_seal")]
    public async Task History_is_not_rewritten_even_by_its_owner(string sql)
    {
        foreach (var role in new[] { tenants.Database.ServingConnectionString, tenants.Database.OwnerConnectionString })
        {
            await using var source = NpgsqlDataSource.Create(role);
            await using var connection = await TenantConnection.OpenAsync(source, tenants.Ours, TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);

            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));

            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task A_role_that_could_look_over_the_walls_is_refused_at_start()
    {
        await using var owner = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
        await using var superuser = NpgsqlDataSource.Create(tenants.Database.SuperuserConnectionString);
        await using var serving = NpgsqlDataSource.Create(tenants.Database.ServingConnectionString);

        await Assert.ThrowsAsync<UnsafeServingRoleException>(() => new ServingRoleCheck(owner).AssertAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<UnsafeServingRoleException>(() => new ServingRoleCheck(superuser).AssertAsync(TestContext.Current.CancellationToken));
        await new ServingRoleCheck(serving).AssertAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void A_unit_of_work_never_changes_its_tenant()
    {
        var scope = new TenantScope();
        scope.Enter(tenants.Ours);

        Assert.Throws<InvalidOperationException>(() => scope.Enter(tenants.Theirs));
    }

    private static Task<int> CountAsync(PortalDbContext db, string entity) =>
        RowsAsync(db, entity, nameof(CountRowsAsync));

    private static async Task<List<Guid>> TenantsOfRowsAsync(PortalDbContext db, string entity)
    {
        var type = db.Model.GetEntityTypes().Single(t => t.ClrType.Name == entity).ClrType;
        var method = typeof(WallTests).GetMethod(nameof(TenantIdsAsync), BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type);
        return await (Task<List<Guid>>)method.Invoke(null, [db])!;
    }

    private static Task<int> RowsAsync(PortalDbContext db, string entity, string how)
    {
        var type = db.Model.GetEntityTypes().Single(t => t.ClrType.Name == entity).ClrType;
        var method = typeof(WallTests).GetMethod(how, BindingFlags.Static | BindingFlags.NonPublic)!.MakeGenericMethod(type);
        return (Task<int>)method.Invoke(null, [db])!;
    }

    private static Task<int> CountRowsAsync<T>(PortalDbContext db) where T : class =>
        db.Set<T>().IgnoreQueryFilters().CountAsync(TestContext.Current.CancellationToken);

    private static Task<List<Guid>> TenantIdsAsync<T>(PortalDbContext db) where T : class, ITenantOwned =>
        db.Set<T>().IgnoreQueryFilters().Select(row => row.TenantId).ToListAsync(TestContext.Current.CancellationToken);

    private async Task<List<string>> QueryAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(tenants.Database.OwnerConnectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var names = new List<string>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken)) names.Add(reader.GetString(0));
        return names;
    }
}
