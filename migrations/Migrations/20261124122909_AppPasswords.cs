using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class AppPasswords : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "account_password_for_mail",
                table: "tenant",
                type: "boolean",
                nullable: false,
                defaultValue: true);

            migrationBuilder.AddColumn<string>(
                name: "created_by",
                table: "mail_credential",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<short>(
                name: "last_used_by",
                table: "mail_credential",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "last_used_from",
                table: "mail_credential",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<List<string>>(
                name: "networks",
                table: "mail_credential",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<short[]>(
                name: "protocols",
                table: "mail_credential",
                type: "smallint[]",
                nullable: false,
                defaultValueSql: "'{1,2,3}'");

            migrationBuilder.Run("app-passwords");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("app-passwords-down");

            migrationBuilder.DropColumn(
                name: "account_password_for_mail",
                table: "tenant");

            migrationBuilder.DropColumn(
                name: "created_by",
                table: "mail_credential");

            migrationBuilder.DropColumn(
                name: "last_used_by",
                table: "mail_credential");

            migrationBuilder.DropColumn(
                name: "last_used_from",
                table: "mail_credential");

            migrationBuilder.DropColumn(
                name: "networks",
                table: "mail_credential");

            migrationBuilder.DropColumn(
                name: "protocols",
                table: "mail_credential");
        }
    }
}
