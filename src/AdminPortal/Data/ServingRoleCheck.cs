using Npgsql;

namespace AdminPortal.Data;

/// <summary>
/// Refuses to serve as a role that could look over the tenants' walls, by itself or by becoming another role: a superuser, one with BYPASSRLS,
/// one that makes roles, the owner of what the walls are made of, one that reads or writes the server's files. Silent while PostgreSQL is away;
/// asked again by readiness once it is back.
/// </summary>
public sealed class ServingRoleCheck(NpgsqlDataSource dataSource) : IHostedService
{
    // MEMBER, not USAGE: a role that does not inherit another's rights may still SET ROLE to it, also by way of a third. And the session's
    // role, not the current one: whoever runs as another by a setting may RESET ROLE.
    private const string Question = """
        WITH reach AS (SELECT * FROM pg_roles r WHERE pg_has_role(session_user, r.oid, 'MEMBER'))
        SELECT concat_ws(', ',
            CASE WHEN EXISTS (SELECT FROM reach WHERE rolsuper) THEN 'is a superuser or can become one' END,
            CASE WHEN EXISTS (SELECT FROM reach WHERE rolbypassrls) THEN 'has BYPASSRLS or can become a role that has' END,
            CASE WHEN EXISTS (SELECT FROM reach WHERE rolcreaterole) THEN 'has CREATEROLE, and so could make itself a member of another role' END,
            CASE WHEN EXISTS (SELECT FROM pg_class c JOIN reach ON reach.oid = c.relowner WHERE c.relnamespace = 'public'::regnamespace)
                   OR EXISTS (SELECT FROM pg_proc p JOIN reach ON reach.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace)
                   OR EXISTS (SELECT FROM pg_namespace n JOIN reach ON reach.oid = n.nspowner WHERE n.nspname = 'public')
                 THEN 'owns tables, functions or the schema, or is a member of their owner' END,
            CASE WHEN EXISTS (SELECT FROM reach WHERE rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
                 THEN 'may reach the server''s files or programs' END)
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
        if (await command.ExecuteScalarAsync(cancellationToken) is string { Length: > 0 } why)
            throw new UnsafeServingRoleException(
                $"ConnectionStrings__Portal names a role for which row-level security does not hold: it {why}. Use the serving role that the migrator "
                + "created, and give the owner's role to the migrator alone (ConnectionStrings__Owner).");
    }
}

/// <summary>The portal would serve as a role for which the tenants' walls do not hold. The message is for the operator.</summary>
public sealed class UnsafeServingRoleException(string message) : InvalidOperationException(message);
