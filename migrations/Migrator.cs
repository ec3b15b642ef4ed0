using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AdminPortal.Migrations;

/// <summary>Brings a database to the current schema: creates the roles that are missing, then applies the migrations, one migrator at a time.</summary>
public static class Migrator
{
    // An arbitrary constant of this product: whoever holds it migrates.
    private const long AdvisoryLock = 0x41646D506F727461;

    /// <param name="ownerConnectionString">The role that shall own the schema. It needs CREATEROLE, but is no superuser.</param>
    /// <param name="servingConnectionString">The role that the portal serves as. Created with the password given here when it is missing.</param>
    /// <param name="cancellationToken">Stops waiting; a migration that has begun is rolled back.</param>
    public static async Task MigrateAsync(string ownerConnectionString, string servingConnectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ownerConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        await Roles.EnsureAsync(connection, servingConnectionString, cancellationToken);

        await using var context = PortalDbContextFactory.Create(ownerConnectionString);
        await context.Database.MigrateAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
