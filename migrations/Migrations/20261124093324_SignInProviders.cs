using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class SignInProviders : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "provider_id",
                table: "member",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "sign_in_provider",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    issuer = table.Column<string>(type: "text", nullable: false),
                    client_id = table.Column<string>(type: "text", nullable: false),
                    protected_secret = table.Column<byte[]>(type: "bytea", nullable: true),
                    scopes = table.Column<List<string>>(type: "text[]", nullable: false),
                    address_trust = table.Column<short>(type: "smallint", nullable: false),
                    enabled = table.Column<bool>(type: "boolean", nullable: false),
                    proven_by = table.Column<Guid>(type: "uuid", nullable: true),
                    proven_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_provider", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_sign_in_provider_portal_user_proven_by",
                        column: x => x.proven_by,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "fk_sign_in_provider_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_link",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    issuer = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    subject = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    provider_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_link", x => new { x.tenant_id, x.issuer, x.subject });
                    table.ForeignKey(
                        name: "fk_sign_in_link_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_sign_in_link_sign_in_provider_tenant_id_provider_id",
                        columns: x => new { x.tenant_id, x.provider_id },
                        principalTable: "sign_in_provider",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_role_rule",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    provider_id = table.Column<Guid>(type: "uuid", nullable: false),
                    position = table.Column<short>(type: "smallint", nullable: false),
                    claim = table.Column<string>(type: "text", nullable: false),
                    value = table.Column<string>(type: "text", nullable: false),
                    role = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_role_rule", x => new { x.tenant_id, x.provider_id, x.position });
                    table.CheckConstraint("claims_grant_roles_of_the_tenant", "role in (1, 2, 3)");
                    table.ForeignKey(
                        name: "fk_sign_in_role_rule_sign_in_provider_tenant_id_provider_id",
                        columns: x => new { x.tenant_id, x.provider_id },
                        principalTable: "sign_in_provider",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_member_tenant_id_provider_id",
                table: "member",
                columns: new[] { "tenant_id", "provider_id" });

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_link_tenant_id_provider_id",
                table: "sign_in_link",
                columns: new[] { "tenant_id", "provider_id" });

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_link_user_id",
                table: "sign_in_link",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_provider_proven_by",
                table: "sign_in_provider",
                column: "proven_by");

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_provider_tenant_id_name",
                table: "sign_in_provider",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_member_sign_in_provider_tenant_id_provider_id",
                table: "member",
                columns: new[] { "tenant_id", "provider_id" },
                principalTable: "sign_in_provider",
                principalColumns: new[] { "tenant_id", "id" },
                onDelete: ReferentialAction.Cascade);

            migrationBuilder.Run("sign-in-providers");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP FUNCTION sign_in_providers_of");

            migrationBuilder.DropForeignKey(
                name: "fk_member_sign_in_provider_tenant_id_provider_id",
                table: "member");

            migrationBuilder.DropTable(
                name: "sign_in_link");

            migrationBuilder.DropTable(
                name: "sign_in_role_rule");

            migrationBuilder.DropTable(
                name: "sign_in_provider");

            migrationBuilder.DropIndex(
                name: "ix_member_tenant_id_provider_id",
                table: "member");

            migrationBuilder.DropColumn(
                name: "provider_id",
                table: "member");
        }
    }
}
