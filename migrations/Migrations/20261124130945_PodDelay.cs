using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class PodDelay : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "imap_port",
                table: "pod",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "pop3_port",
                table: "pod",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<short>(
                name: "security",
                table: "pod",
                type: "smallint",
                nullable: false,
                defaultValue: (short)1); // TLS from the first octet: what an older build, which does not name it, means.

            migrationBuilder.AddColumn<int>(
                name: "submission_port",
                table: "pod",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "pod_delay",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    pod_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    slot = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    bucket = table.Column<short>(type: "smallint", nullable: false),
                    count = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pod_delay", x => new { x.tenant_id, x.pod_id, x.kind, x.slot, x.bucket });
                    table.ForeignKey(
                        name: "fk_pod_delay_pod_tenant_id_pod_id",
                        columns: x => new { x.tenant_id, x.pod_id },
                        principalTable: "pod",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.Run("pod-delay");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "pod_delay");

            migrationBuilder.DropColumn(
                name: "imap_port",
                table: "pod");

            migrationBuilder.DropColumn(
                name: "pop3_port",
                table: "pod");

            migrationBuilder.DropColumn(
                name: "security",
                table: "pod");

            migrationBuilder.DropColumn(
                name: "submission_port",
                table: "pod");
        }
    }
}
