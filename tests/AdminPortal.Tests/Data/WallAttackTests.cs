using AdminPortal.Data;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>Attempts to look or reach over the second wall with the serving role's own rights, as stolen SQL would make them.</summary>
public sealed class WallAttackTests(TwoTenants tenants) : IClassFixture<TwoTenants>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Tables()
    {
        using var db = ServingContext.Create("Host=model-only", new TenantScope());
        return new(db.Model.GetEntityTypes().Where(t => typeof(ITenantOwned).IsAssignableFrom(t.ClrType)).Select(t => t.GetTableName()!).Order());
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task Nothing_foreign_is_changed_deleted_or_locked(string table)
    {
        await using var connection = await OursAsync();
        foreach (var sql in new[]
        {
            $"DELETE FROM {table} WHERE tenant_id = $1",
            $"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = $1",
            $"WITH seen AS (SELECT FROM {table} WHERE tenant_id = $1 FOR UPDATE) SELECT count(*) FROM seen",
        })
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenants.Theirs } } };
            try
            {
                var rows = sql.StartsWith("WITH", StringComparison.Ordinal) ? (long)(await command.ExecuteScalarAsync(Cancel))! : await command.ExecuteNonQueryAsync(Cancel);
                Assert.Equal(0, rows);
            }
            // Not even the right to try: an append-only table, or a generated column.
            catch (PostgresException refused) when (refused.SqlState is PostgresErrorCodes.InsufficientPrivilege or "428C9")
            {
            }
        }
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public async Task A_copy_of_an_own_row_is_not_inserted_for_another_tenant(string table)
    {
        await using var connection = await OursAsync();
        await using var command = new NpgsqlCommand(
            $"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(x, jsonb_build_object('tenant_id', $1))).* FROM {table} x LIMIT 1", connection)
        {
            Parameters = { new() { Value = tenants.Theirs } },
        };
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
        // By the policy; or because a column is generated or the table may not be written at all.
        Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.InsufficientPrivilege, "428C9" });
    }

    [Fact]
    public async Task A_connection_that_goes_back_forgets_its_tenant_after_success_error_and_cancellation()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(tenants.Database.ServingConnectionString) { MaxPoolSize = 1, MaxAutoPrepare = 10 }.ConnectionString);
        foreach (var use in new Func<NpgsqlConnection, Task>[] { SucceedAsync, FailAsync, FailInTransactionAsync, CancelAsync })
        {
            for (var time = 0; time < 6; time++)
            {
                await using var ours = await TenantConnection.OpenAsync(source, tenants.Ours, Cancel);
                await use(ours);
            }
            await using var nobody = await source.OpenConnectionAsync(Cancel);
            Assert.Equal(0, await CountAsync(nobody));
        }
    }

    [Fact]
    public async Task A_statement_that_was_prepared_for_one_tenant_shows_the_next_one_its_own()
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(tenants.Database.ServingConnectionString) { MaxPoolSize = 1, MaxAutoPrepare = 10 }.ConnectionString);
        for (var time = 0; time < 12; time++)
            foreach (var tenant in new[] { tenants.Ours, tenants.Theirs })
            {
                await using var connection = await TenantConnection.OpenAsync(source, tenant, Cancel);
                await using var command = new NpgsqlCommand("SELECT DISTINCT tenant_id FROM mailbox", connection);
                Assert.Equal(tenant, await command.ExecuteScalarAsync(Cancel));
            }
    }

    [Theory]
    [InlineData("SET ROLE portal_owner")]
    [InlineData("SET ROLE portal_reader")]
    [InlineData("SET SESSION AUTHORIZATION portal_owner")]
    [InlineData("ALTER TABLE mailbox DISABLE ROW LEVEL SECURITY")]
    [InlineData("ALTER TABLE mailbox NO FORCE ROW LEVEL SECURITY")]
    [InlineData("DROP POLICY own_tenant ON mailbox")]
    [InlineData("CREATE POLICY mine ON mailbox USING (true)")]
    [InlineData("CREATE TABLE public.mine (x int)")]
    [InlineData("CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("CREATE OR REPLACE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'")]
    [InlineData("ALTER FUNCTION list_tenants() SET search_path = pg_temp")]
    [InlineData("ALTER ROLE CURRENT_USER BYPASSRLS")]
    [InlineData("CREATE ROLE mine LOGIN")]
    [InlineData("GRANT portal_owner TO CURRENT_USER")]
    [InlineData("COPY mailbox TO PROGRAM 'cat'")]
    [InlineData("COPY (SELECT 1) TO '/dev/null'")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    [InlineData("SELECT * FROM pg_authid")]
    [InlineData("SELECT lo_import('/etc/passwd')")]
    [InlineData("CREATE EXTENSION file_fdw")]
    public async Task The_serving_role_cannot_lower_the_wall(string sql)
    {
        await using var connection = await OursAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
        Assert.True(refused.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.UndefinedObject or "22023" or "0LP01", $"{refused.SqlState} {refused.MessageText}");
    }

    [Fact]
    public async Task A_table_of_the_sessions_own_does_not_deceive_an_entrance()
    {
        await using var connection = await OursAsync();
        await using (var decoy = new NpgsqlCommand("CREATE TEMP TABLE tenant AS SELECT gen_random_uuid() AS id, 'decoy'::text AS slug, 'decoy'::text AS name", connection))
            await decoy.ExecuteNonQueryAsync(Cancel);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM list_tenants() WHERE slug = 'decoy'", connection);
        Assert.Equal(0L, await command.ExecuteScalarAsync(Cancel));
    }

    [Theory]
    [InlineData("f(leak text) RETURNS bool LANGUAGE plpgsql COST 0.0000001 AS $f$ BEGIN RAISE NOTICE '%', leak; RETURN true; END $f$")]
    public async Task A_function_that_tells_what_it_is_shown_is_shown_nothing_foreign(string function)
    {
        await using var connection = await OursAsync();
        var told = new List<string>();
        connection.Notice += (_, notice) => told.Add(notice.Notice.MessageText);
        await using (var make = new NpgsqlCommand($"CREATE FUNCTION pg_temp.{function}", connection)) await make.ExecuteNonQueryAsync(Cancel);
        await using var command = new NpgsqlCommand("SELECT count(*) FROM mailbox WHERE pg_temp.f(address)", connection);
        await command.ExecuteNonQueryAsync(Cancel);
        Assert.NotEmpty(told);
        Assert.All(told, address => Assert.EndsWith("@ours.example", address));
    }

    [Fact]
    public async Task No_view_shows_the_serving_role_a_foreign_row()
    {
        await using var connection = await OursAsync();
        foreach (var view in await NamesAsync("SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('v', 'm') AND has_table_privilege('portal_app', c.oid, 'SELECT')"))
        {
            Assert.Equal(["true"], await NamesAsync($"SELECT coalesce((SELECT 'true' FROM unnest(reloptions) o WHERE o = 'security_invoker=true'), 'false') FROM pg_class WHERE oid = '{view}'::regclass"));
            await using var command = new NpgsqlCommand($"SELECT count(*) FROM {view} WHERE tenant_id <> $1", connection) { Parameters = { new() { Value = tenants.Ours } } };
            Assert.Equal(0L, await command.ExecuteScalarAsync(Cancel));
        }
    }

    [Fact]
    public async Task Every_tenant_tables_key_begins_with_the_tenant() => Assert.Empty(await NamesAsync(
        """
        SELECT c.relname FROM pg_class c
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        LEFT JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
          -- A platform token belongs to no tenant, nor does the portal's own mail to a person, and a key's column cannot be null.
          AND c.relname NOT IN ('api_token', 'queued_mail') AND k.attname IS DISTINCT FROM 'tenant_id'
        """));

    [Fact]
    public async Task Every_entrance_is_the_owners_pins_its_path_and_is_the_serving_roles_alone()
    {
        var loose = await NamesAsync(
            """
            SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
              AND (NOT coalesce(p.proconfig, '{}') @> ARRAY['search_path=public, pg_temp']
                   OR has_function_privilege('public', p.oid, 'EXECUTE')
                   OR pg_get_userbyid(p.proowner) <> 'portal_owner')
            """);
        Assert.Empty(loose);
    }

    [Fact]
    public async Task No_policy_lets_the_serving_role_see_more_than_the_tenant() => Assert.Empty(await NamesAsync(
        """
        SELECT tablename || '.' || policyname FROM pg_policies
        WHERE schemaname = 'public' AND NOT (roles = '{portal_owner}' OR roles = '{portal_reader}')
          AND (qual NOT LIKE '%app.tenant%' OR roles <> '{portal_serving}')
        """));

    private static async Task SucceedAsync(NpgsqlConnection connection) => Assert.NotEqual(0, await CountAsync(connection));

    private static Task FailAsync(NpgsqlConnection connection) => Assert.ThrowsAsync<PostgresException>(async () =>
    {
        await using var command = new NpgsqlCommand("SELECT 1 / 0", connection);
        await command.ExecuteNonQueryAsync(Cancel);
    });

    private static async Task FailInTransactionAsync(NpgsqlConnection connection)
    {
        // Left open on purpose: whoever comes next must not be inside it.
        await connection.BeginTransactionAsync(Cancel);
        await FailAsync(connection);
    }

    private static async Task CancelAsync(NpgsqlConnection connection)
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await using var command = new NpgsqlCommand("SELECT pg_sleep(30)", connection);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(soon.Token));
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM mailbox", connection);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task<NpgsqlConnection> OursAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(tenants.Database.ServingConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var enter = TenantConnection.EnterCommand(connection, tenants.Ours);
        await enter.ExecuteNonQueryAsync(Cancel);
        return connection;
    }

    private async Task<List<string>> NamesAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(tenants.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var names = new List<string>();
        while (await reader.ReadAsync(Cancel)) names.Add(reader.GetString(0));
        return names;
    }
}
