using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class DomainClaims : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_domain_name",
                table: "domain");

            migrationBuilder.AddColumn<string>(
                name: "challenge",
                table: "domain",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "checks",
                table: "domain",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "claimed_at",
                table: "domain",
                type: "timestamp with time zone",
                nullable: false,
                defaultValueSql: "now()");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "next_check_at",
                table: "domain",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_domain_name",
                table: "domain",
                column: "name",
                unique: true,
                filter: "active_since is not null");

            migrationBuilder.CreateIndex(
                name: "ix_domain_next_check_at",
                table: "domain",
                column: "next_check_at",
                filter: "active_since is null");

            migrationBuilder.CreateIndex(
                name: "ix_domain_tenant_id_name",
                table: "domain",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.Run("domain-claims");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP FUNCTION claim_due_domains");

            migrationBuilder.DropIndex(
                name: "ix_domain_name",
                table: "domain");

            migrationBuilder.DropIndex(
                name: "ix_domain_next_check_at",
                table: "domain");

            migrationBuilder.DropIndex(
                name: "ix_domain_tenant_id_name",
                table: "domain");

            migrationBuilder.DropColumn(
                name: "challenge",
                table: "domain");

            migrationBuilder.DropColumn(
                name: "checks",
                table: "domain");

            migrationBuilder.DropColumn(
                name: "claimed_at",
                table: "domain");

            migrationBuilder.DropColumn(
                name: "next_check_at",
                table: "domain");

            migrationBuilder.CreateIndex(
                name: "ix_domain_name",
                table: "domain",
                column: "name",
                unique: true);
        }
    }
}
