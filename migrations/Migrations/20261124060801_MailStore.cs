using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class MailStore : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "subscribed",
                table: "mail_folder");

            migrationBuilder.AlterTable(
                name: "mail_folder")
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.AddColumn<long>(
                name: "recent_from",
                table: "mail_folder",
                type: "bigint",
                nullable: false,
                defaultValue: 1L);

            migrationBuilder.AddColumn<int>(
                name: "header_size",
                table: "mail_content",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "mail_expunged",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    folder_id = table.Column<Guid>(type: "uuid", nullable: false),
                    uid = table.Column<long>(type: "bigint", nullable: false),
                    mod_seq = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_expunged", x => new { x.tenant_id, x.folder_id, x.uid });
                    table.ForeignKey(
                        name: "fk_mail_expunged_mail_folder_tenant_id_folder_id",
                        columns: x => new { x.tenant_id, x.folder_id },
                        principalTable: "mail_folder",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mail_garbage",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    content_id = table.Column<Guid>(type: "uuid", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_garbage", x => new { x.tenant_id, x.content_id });
                    table.ForeignKey(
                        name: "fk_mail_garbage_mail_content_tenant_id_content_id",
                        columns: x => new { x.tenant_id, x.content_id },
                        principalTable: "mail_content",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mail_store",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    last_uid_validity = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_store", x => new { x.tenant_id, x.mailbox_id });
                    table.ForeignKey(
                        name: "fk_mail_store_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mail_subscription",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_subscription", x => new { x.tenant_id, x.mailbox_id, x.name });
                    table.ForeignKey(
                        name: "fk_mail_subscription_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_mail_message_tenant_id_folder_id_mod_seq",
                table: "mail_message",
                columns: new[] { "tenant_id", "folder_id", "mod_seq" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_expunged_tenant_id_folder_id_mod_seq",
                table: "mail_expunged",
                columns: new[] { "tenant_id", "folder_id", "mod_seq" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_garbage_since",
                table: "mail_garbage",
                column: "since");

            migrationBuilder.Run("mailstore");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("mailstore-down");

            migrationBuilder.DropTable(
                name: "mail_expunged");

            migrationBuilder.DropTable(
                name: "mail_garbage");

            migrationBuilder.DropTable(
                name: "mail_store");

            migrationBuilder.DropTable(
                name: "mail_subscription");

            migrationBuilder.DropIndex(
                name: "ix_mail_message_tenant_id_folder_id_mod_seq",
                table: "mail_message");

            migrationBuilder.DropColumn(
                name: "recent_from",
                table: "mail_folder");

            migrationBuilder.DropColumn(
                name: "header_size",
                table: "mail_content");

            migrationBuilder.AlterTable(
                name: "mail_folder")
                .OldAnnotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.AddColumn<bool>(
                name: "subscribed",
                table: "mail_folder",
                type: "boolean",
                nullable: false,
                defaultValue: false);
        }
    }
}
