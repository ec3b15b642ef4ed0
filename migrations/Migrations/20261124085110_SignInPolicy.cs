using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class SignInPolicy : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<short>(
                name: "password_sign_in",
                table: "tenant",
                type: "smallint",
                nullable: false,
                defaultValue: (short)1); // Allowed, as it was; and what an older build, which does not name it, means.

            migrationBuilder.AddColumn<bool>(
                name: "require_second_factor",
                table: "tenant",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.Run("sign-in-policy");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("sign-in-policy-down");

            migrationBuilder.DropColumn(
                name: "password_sign_in",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "require_second_factor",
                table: "tenant");
        }
    }
}
