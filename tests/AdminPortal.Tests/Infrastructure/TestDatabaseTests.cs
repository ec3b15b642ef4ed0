using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Infrastructure;

public sealed class TestDatabaseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task The_portal_serves_as_a_role_that_owns_nothing_and_bypasses_nothing()
    {
        Assert.Equal("portal_app false false false false", await AskAsync(database.ServingConnectionString, """
            SELECT concat_ws(' ', rolname, rolsuper::text, rolbypassrls::text, rolcreaterole::text,
                             EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid)::text)
            FROM pg_roles WHERE rolname = current_user
            """));
    }

    [Fact]
    public async Task The_migrator_may_create_roles_but_is_no_superuser_and_bypasses_nothing()
    {
        Assert.Equal("portal_owner false false true", await AskAsync(database.OwnerConnectionString, """
            SELECT concat_ws(' ', rolname, rolsuper::text, rolbypassrls::text, rolcreaterole::text)
            FROM pg_roles WHERE rolname = current_user
            """));
    }

    [Fact]
    public async Task Each_test_class_has_a_database_of_its_own() =>
        Assert.StartsWith("copy_", await AskAsync(database.SuperuserConnectionString, "SELECT current_database()"), StringComparison.Ordinal);

    private static async Task<string?> AskAsync(string connectionString, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
