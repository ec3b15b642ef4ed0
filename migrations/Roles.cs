using Npgsql;

namespace AdminPortal.Migrations;

/// <summary>
/// The roles of the database. <c>portal_serving</c> holds the serving rights and is granted to the login role of the portal;
/// <c>portal_reader</c> owns the views for foreign mail servers; <c>mail_reader</c> is what those mail servers sign in as. None of them
/// owns a table or may bypass row-level security.
/// </summary>
internal static class Roles
{
    public static async Task EnsureAsync(NpgsqlConnection owner, string servingConnectionString, CancellationToken cancellationToken)
    {
        var serving = new NpgsqlConnectionStringBuilder(servingConnectionString);
        var login = serving.Username ?? throw new InvalidOperationException("ConnectionStrings__Portal names no user.");

        await CreateAsync(owner, "portal_serving", "NOLOGIN", cancellationToken);
        await CreateAsync(owner, "portal_reader", "NOLOGIN", cancellationToken);
        await CreateAsync(owner, "mail_reader", "LOGIN", cancellationToken);
        await CreateAsync(owner, login, serving.Password is null ? "LOGIN" : $"LOGIN PASSWORD {Literal(serving.Password)}", cancellationToken);
        await GrantAsync(owner, "portal_serving", login, cancellationToken);
    }

    // Roles belong to the whole cluster, so another database's migrator may be creating the same ones at this moment.
    private static async Task CreateAsync(NpgsqlConnection owner, string role, string attributes, CancellationToken cancellationToken)
    {
        if (await ExistsAsync(owner, role, cancellationToken)) return;
        try
        {
            await ExecuteAsync(owner, $"CREATE ROLE {Identifier(role)} {attributes} NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.DuplicateObject or PostgresErrorCodes.UniqueViolation)
        {
        }
    }

    private static async Task GrantAsync(NpgsqlConnection owner, string group, string login, CancellationToken cancellationToken)
    {
        await using var member = new NpgsqlCommand(
            "SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles l ON l.oid = m.member WHERE g.rolname = $1 AND l.rolname = $2", owner)
        {
            Parameters = { new() { Value = group }, new() { Value = login } },
        };
        await using (var reader = await member.ExecuteReaderAsync(cancellationToken))
            if (await reader.ReadAsync(cancellationToken)) return;
        try
        {
            await ExecuteAsync(owner, $"GRANT {Identifier(group)} TO {Identifier(login)}", cancellationToken);
        }
        catch (PostgresException exception) when (exception.SqlState is PostgresErrorCodes.UniqueViolation || exception.MessageText.Contains("concurrently", StringComparison.Ordinal))
        {
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection owner, string role, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", owner) { Parameters = { new() { Value = role } } };
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    private static async Task ExecuteAsync(NpgsqlConnection owner, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, owner);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Identifier(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static string Literal(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
