using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations;

/// <summary>SQL that EF Core has no words for, kept in files of its own under <c>Sql/</c>.</summary>
internal static class SqlScript
{
    /// <summary>Runs an embedded script as part of a migration. A script that was released is never edited: write a new one.</summary>
    public static void Run(this MigrationBuilder migration, string name)
    {
        using var stream = typeof(SqlScript).Assembly.GetManifestResourceStream($"AdminPortal.Migrations.Sql.{name}.sql")
            ?? throw new InvalidOperationException($"There is no embedded script {name}.sql.");
        using var reader = new StreamReader(stream);
        migration.Sql(reader.ReadToEnd());
    }
}
