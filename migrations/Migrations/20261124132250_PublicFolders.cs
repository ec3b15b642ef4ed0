using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class PublicFolders : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_mail_folder_tenant_id_mailbox_id_name",
                table: "mail_folder");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "saved_at",
                table: "mail_message",
                type: "timestamp with time zone",
                nullable: true);

            // Without a default at first: of the messages that are there it is not known.
            migrationBuilder.Sql("ALTER TABLE mail_message ALTER COLUMN saved_at SET DEFAULT date_trunc('second', now())");

            migrationBuilder.AlterColumn<Guid>(
                name: "mailbox_id",
                table: "mail_folder",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid");

            migrationBuilder.AddColumn<short>(
                name: "public_right",
                table: "mail_folder",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "version",
                table: "mail_folder",
                type: "bigint",
                nullable: false,
                defaultValue: 1L);

            migrationBuilder.AddColumn<Guid>(
                name: "owner_id",
                table: "mail_folder",
                type: "uuid",
                nullable: false,
                computedColumnSql: "coalesce(mailbox_id, tenant_id)",
                stored: true);

            migrationBuilder.CreateIndex(
                name: "ix_mail_folder_tenant_id_mailbox_id",
                table: "mail_folder",
                columns: new[] { "tenant_id", "mailbox_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_folder_tenant_id_owner_id_name",
                table: "mail_folder",
                columns: new[] { "tenant_id", "owner_id", "name" },
                unique: true);

            migrationBuilder.Run("public-folders");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("public-folders-down");

            migrationBuilder.DropIndex(
                name: "ix_mail_folder_tenant_id_mailbox_id",
                table: "mail_folder");

            migrationBuilder.DropIndex(
                name: "ix_mail_folder_tenant_id_owner_id_name",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "owner_id",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "saved_at",
                table: "mail_message");

            migrationBuilder.DropColumn(
                name: "public_right",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "version",
                table: "mail_folder");

            migrationBuilder.AlterColumn<Guid>(
                name: "mailbox_id",
                table: "mail_folder",
                type: "uuid",
                nullable: false,
                defaultValue: new Guid("00000000-0000-0000-0000-000000000000"),
                oldClrType: typeof(Guid),
                oldType: "uuid",
                oldNullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_mail_folder_tenant_id_mailbox_id_name",
                table: "mail_folder",
                columns: new[] { "tenant_id", "mailbox_id", "name" },
                unique: true);
        }
    }
}
