using Npgsql;

namespace AdminPortal.Data;

/// <summary>
/// Refuses to serve as a role that could look over the tenants' walls: a superuser, a role with BYPASSRLS, or the owner of a table.
/// Silent while PostgreSQL is away; asked again by readiness once it is back.
/// </summary>
public sealed class ServingRoleCheck(NpgsqlDataSource dataSource) : IHostedService
{
    private const string Question = """
        SELECT rolsuper OR rolbypassrls OR EXISTS (
                   SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = 'public' AND pg_has_role(current_user, c.relowner, 'USAGE'))
        FROM pg_roles WHERE rolname = current_user
        """;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AssertAsync(cancellationToken);
        }
        catch (NpgsqlException)
        {
            // Not reachable yet: the portal starts, answers 503, and readiness asks again.
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <exception cref="UnsafeServingRoleException">The role could bypass row-level security.</exception>
    public async Task AssertAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Question);
        if (await command.ExecuteScalarAsync(cancellationToken) is true)
            throw new UnsafeServingRoleException(
                "ConnectionStrings__Portal names a role that owns tables or can bypass row-level security. Use the serving role that the migrator "
                + "created, and give the owner's role to the migrator alone (ConnectionStrings__Owner).");
    }
}

/// <summary>The portal would serve as a role for which the tenants' walls do not hold. The message is for the operator.</summary>
public sealed class UnsafeServingRoleException(string message) : InvalidOperationException(message);
