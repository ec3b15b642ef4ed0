using AdminPortal.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations.Migrations;

/// <summary>An entrance for tokens that belong to no tenant. The model stays as it is, so there is no designer file.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261124061434_PlatformTokens")]
public sealed class PlatformTokens : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Run("platform-tokens");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP FUNCTION create_platform_token");
}
