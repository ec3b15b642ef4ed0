using AdminPortal.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations.Migrations;

/// <summary>Refusals in the audit trail, counted, and the heads of all chains. The model stays as it is, so there is no designer file.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261124131000_Refusals")]
public sealed class Refusals : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Run("refusals");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        "DROP FUNCTION note_refusal, note_refusal_of, close_refusals, audit_heads; DROP TABLE refusal");
}
