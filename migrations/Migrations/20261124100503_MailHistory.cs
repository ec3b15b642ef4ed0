using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class MailHistory : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "quota",
                table: "mail_store",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "octets",
                table: "mail_folder",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<int>(
                name: "remembered",
                table: "mail_folder",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "remembered_from",
                table: "mail_folder",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.Run("mail-history");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER mail_message_arrives ON mail_message;
                DROP TRIGGER mail_message_leaves ON mail_message;
                DROP FUNCTION count_mail_octets;
                """);

            migrationBuilder.DropColumn(
                name: "quota",
                table: "mail_store");

            migrationBuilder.DropColumn(
                name: "octets",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "remembered",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "remembered_from",
                table: "mail_folder");
        }
    }
}
