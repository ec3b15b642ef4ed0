using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data;

/// <summary>Every way in which a login role could stand above the walls is refused when the portal starts, and the right role is not.</summary>
public sealed class ServingRoleTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private readonly string role = $"serving_{Guid.CreateVersion7():N}";
    private readonly string between = $"between_{Guid.CreateVersion7():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await ArrangeAsync(
        $"CREATE ROLE {role} LOGIN PASSWORD 'serving' NOSUPERUSER NOBYPASSRLS NOCREATEROLE", $"CREATE ROLE {between} NOLOGIN", $"GRANT portal_serving TO {role}");

    public async ValueTask DisposeAsync() => await ArrangeAsync(
        "DROP TABLE IF EXISTS public.mine", "DROP FUNCTION IF EXISTS public.mine()", "ALTER SCHEMA public OWNER TO pg_database_owner",
        $"DROP OWNED BY {role}, {between}", $"DROP ROLE {role}", $"DROP ROLE {between}");

    [Fact]
    public async Task The_role_that_the_migrator_makes_and_one_like_it_may_serve()
    {
        await StartAsync(database.ServingConnectionString);
        await StartAsync(Own);
    }

    [Theory]
    [InlineData("superuser", "ALTER ROLE {role} SUPERUSER")]
    [InlineData("superuser", "ALTER ROLE {between} SUPERUSER", "GRANT {between} TO {role}", "ALTER ROLE {role} NOINHERIT")]
    [InlineData("BYPASSRLS", "ALTER ROLE {role} BYPASSRLS")]
    [InlineData("BYPASSRLS", "ALTER ROLE {between} BYPASSRLS", "GRANT {between} TO {role}")]
    [InlineData("CREATEROLE", "ALTER ROLE {role} CREATEROLE")]
    [InlineData("owner", "GRANT portal_owner TO {role}")]
    [InlineData("owner", "GRANT portal_owner TO {role}", "ALTER ROLE {role} NOINHERIT")]
    [InlineData("owner", "GRANT portal_owner TO {between}", "GRANT {between} TO {role}")]
    [InlineData("owner", "GRANT portal_owner TO {between}", "GRANT {between} TO {role}", "ALTER ROLE {role} NOINHERIT", "ALTER ROLE {between} NOINHERIT")]
    [InlineData("owner", "CREATE TABLE public.mine (x int)", "ALTER TABLE public.mine OWNER TO {role}")]
    [InlineData("owner", "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'", "ALTER FUNCTION public.mine() OWNER TO {role}")]
    [InlineData("owner", "ALTER SCHEMA public OWNER TO {role}")]
    [InlineData("files", "GRANT pg_read_server_files TO {role}")]
    [InlineData("files", "GRANT pg_execute_server_program TO {between}", "GRANT {between} TO {role}")]
    public async Task A_role_that_stands_above_the_walls_is_refused_with_the_reason(string reason, params string[] how)
    {
        await ArrangeAsync([.. how.Select(sql => sql.Replace("{role}", role, StringComparison.Ordinal).Replace("{between}", between, StringComparison.Ordinal))]);

        var refused = await Assert.ThrowsAsync<UnsafeServingRoleException>(() => StartAsync(Own));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings__Portal", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_superuser_that_pretends_to_be_the_serving_role_is_refused()
    {
        await ArrangeAsync($"ALTER ROLE {role} SUPERUSER", $"ALTER ROLE {role} SET role = 'portal_serving'");

        await Assert.ThrowsAsync<UnsafeServingRoleException>(() => StartAsync(Own));
    }

    private string Own => new NpgsqlConnectionStringBuilder(database.ServingConnectionString) { Username = role, Password = "serving", Pooling = false }.ConnectionString;

    private static async Task StartAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await new ServingRoleCheck(source).StartAsync(Cancel);
    }

    private async Task ArrangeAsync(params string[] statements)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.SuperuserConnectionString) { Pooling = false }.ConnectionString);
        foreach (var sql in statements)
        {
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }
}
