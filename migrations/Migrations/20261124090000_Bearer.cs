using AdminPortal.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations.Migrations;

/// <summary>One look-up for whoever calls with a token. The model stays as it is, so there is no designer file.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261124090000_Bearer")]
public sealed class Bearer : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Run("bearer");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP FUNCTION find_bearer");
}
