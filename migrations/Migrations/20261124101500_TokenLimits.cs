using System;
using System.Collections.Generic;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class TokenLimits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "last_used_from",
                table: "api_token",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<List<string>>(
                name: "networks",
                table: "api_token",
                type: "text[]",
                nullable: false,
                defaultValueSql: "'{}'");

            migrationBuilder.AddColumn<byte[]>(
                name: "previous_hash",
                table: "api_token",
                type: "bytea",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "previous_until",
                table: "api_token",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_api_token_previous_hash",
                table: "api_token",
                column: "previous_hash",
                unique: true,
                filter: "previous_hash is not null");

            migrationBuilder.Run("token-limits");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Run("token-limits-down");

            migrationBuilder.DropIndex(
                name: "ix_api_token_previous_hash",
                table: "api_token");

            migrationBuilder.DropColumn(
                name: "last_used_from",
                table: "api_token");

            migrationBuilder.DropColumn(
                name: "networks",
                table: "api_token");

            migrationBuilder.DropColumn(
                name: "previous_hash",
                table: "api_token");

            migrationBuilder.DropColumn(
                name: "previous_until",
                table: "api_token");
        }
    }
}
