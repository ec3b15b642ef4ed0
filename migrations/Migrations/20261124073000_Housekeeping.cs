using AdminPortal.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations.Migrations;

/// <summary>Entrances for what is forgotten after a time. The model stays as it is, so there is no designer file.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261124073000_Housekeeping")]
public sealed class Housekeeping : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Run("housekeeping");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP FUNCTION trim_idempotency_records, trim_imports");
}
