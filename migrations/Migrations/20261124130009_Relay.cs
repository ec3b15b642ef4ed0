using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class Relay : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<short>(
                name: "after_download",
                table: "plan",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "quota",
                table: "plan",
                type: "bigint",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "after_download",
                table: "mailbox",
                type: "smallint",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "quota",
                table: "mailbox",
                type: "bigint",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "mail_sending",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hour = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    messages = table.Column<int>(type: "integer", nullable: false),
                    recipients = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_sending", x => new { x.tenant_id, x.mailbox_id });
                    table.ForeignKey(
                        name: "fk_mail_sending_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 50);

            migrationBuilder.CreateTable(
                name: "relayed_message",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    sender = table.Column<string>(type: "text", nullable: false),
                    envelope_id = table.Column<string>(type: "text", nullable: true),
                    returns_whole = table.Column<bool>(type: "boolean", nullable: false),
                    is_utf8 = table.Column<bool>(type: "boolean", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: true),
                    size = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    queued_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    is_cancelled = table.Column<bool>(type: "boolean", nullable: false),
                    delay_told = table.Column<bool>(type: "boolean", nullable: false),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_relayed_message", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_relayed_message_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 70);

            migrationBuilder.CreateTable(
                name: "relayed_recipient",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    message_id = table.Column<Guid>(type: "uuid", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    notify = table.Column<short>(type: "smallint", nullable: false),
                    original_address = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    status = table.Column<string>(type: "text", nullable: true),
                    said = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_relayed_recipient", x => new { x.tenant_id, x.message_id, x.position });
                    table.ForeignKey(
                        name: "fk_relayed_recipient_relayed_message_tenant_id_message_id",
                        columns: x => new { x.tenant_id, x.message_id },
                        principalTable: "relayed_message",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_relayed_message_next_at",
                table: "relayed_message",
                column: "next_at",
                filter: "state in (1, 2)");

            migrationBuilder.CreateIndex(
                name: "ix_relayed_message_tenant_id_state_queued_at",
                table: "relayed_message",
                columns: new[] { "tenant_id", "state", "queued_at" });

            migrationBuilder.Sql("UPDATE mailbox m SET quota = s.quota FROM mail_store s WHERE s.tenant_id = m.tenant_id AND s.mailbox_id = m.id AND s.quota IS NOT NULL");

            migrationBuilder.Run("relay");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("relay-down");

            migrationBuilder.DropTable(
                name: "mail_sending");

            migrationBuilder.DropTable(
                name: "relayed_recipient");

            migrationBuilder.DropTable(
                name: "relayed_message");

            migrationBuilder.DropColumn(
                name: "after_download",
                table: "plan");

            migrationBuilder.DropColumn(
                name: "quota",
                table: "plan");

            migrationBuilder.DropColumn(
                name: "after_download",
                table: "mailbox");

            migrationBuilder.DropColumn(
                name: "quota",
                table: "mailbox");
        }
    }
}
