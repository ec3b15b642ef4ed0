using AdminPortal.Data;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AdminPortal.Migrations.Migrations;

/// <summary>Guesses at passwords and tokens are counted for all processes. The model stays as it is, so there is no designer file.</summary>
[DbContext(typeof(PortalDbContext))]
[Migration("20261124091000_Throttle")]
public sealed class Throttle : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Run("throttle");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(
        """
        DROP FUNCTION guess_waits, take_guess, pardon_guess, know_address, list_held_off, let_in, trim_guesses;
        DROP TYPE guess_rule;
        DROP TABLE guess, familiar_address;
        """);
}
