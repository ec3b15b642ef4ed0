using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class MailTokens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "mail_token_issuer",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    issuer = table.Column<string>(type: "text", nullable: false),
                    audience = table.Column<string>(type: "text", nullable: false),
                    address_claim = table.Column<string>(type: "text", nullable: false),
                    address_trust = table.Column<short>(type: "smallint", nullable: false),
                    pop3_scope = table.Column<string>(type: "text", nullable: true),
                    imap_scope = table.Column<string>(type: "text", nullable: true),
                    smtp_scope = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_token_issuer", x => x.tenant_id);
                    table.ForeignKey(
                        name: "fk_mail_token_issuer_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.Run("mail-tokens");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("mail-tokens-down");

            migrationBuilder.DropTable(
                name: "mail_token_issuer");
        }
    }
}
