using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class PortalSessions : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "invitation");

            migrationBuilder.DropTable(
                name: "password_reset");

            migrationBuilder.DropTable(
                name: "queued_mail");

            migrationBuilder.DropTable(
                name: "tenant_visit");

            migrationBuilder.CreateTable(
                name: "portal_authenticator",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    protected_secret = table.Column<byte[]>(type: "bytea", nullable: false),
                    confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_step = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_authenticator", x => x.user_id);
                    table.ForeignKey(
                        name: "fk_portal_authenticator_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_recovery_code",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_recovery_code", x => new { x.user_id, x.hash });
                    table.ForeignKey(
                        name: "fk_portal_recovery_code_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_session",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    method = table.Column<short>(type: "smallint", nullable: false),
                    vouched_by = table.Column<Guid>(type: "uuid", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    proved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    remote_address = table.Column<string>(type: "text", nullable: true),
                    user_agent = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_session", x => x.id);
                    table.ForeignKey(
                        name: "fk_portal_session_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_portal_session_tenants_vouched_by",
                        column: x => x.vouched_by,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_sign_in",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    method = table.Column<short>(type: "smallint", nullable: false),
                    result = table.Column<short>(type: "smallint", nullable: false),
                    vouched_by = table.Column<Guid>(type: "uuid", nullable: true),
                    remote_address = table.Column<string>(type: "text", nullable: true),
                    user_agent = table.Column<string>(type: "text", nullable: true),
                    first_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_sign_in", x => x.id);
                    table.ForeignKey(
                        name: "fk_portal_sign_in_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_portal_sign_in_tenants_vouched_by",
                        column: x => x.vouched_by,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_used_proof",
                columns: table => new
                {
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_used_proof", x => x.hash);
                });

            migrationBuilder.CreateIndex(
                name: "ix_portal_session_user_id",
                table: "portal_session",
                column: "user_id",
                filter: "ended_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_portal_session_vouched_by",
                table: "portal_session",
                column: "vouched_by");

            migrationBuilder.CreateIndex(
                name: "ix_portal_sign_in_user_id_last_at",
                table: "portal_sign_in",
                columns: new[] { "user_id", "last_at" });

            migrationBuilder.CreateIndex(
                name: "ix_portal_sign_in_vouched_by",
                table: "portal_sign_in",
                column: "vouched_by");

            migrationBuilder.CreateIndex(
                name: "ix_portal_used_proof_used_at",
                table: "portal_used_proof",
                column: "used_at");

            migrationBuilder.Run("portal-sessions");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "portal_authenticator");

            migrationBuilder.DropTable(
                name: "portal_recovery_code");

            migrationBuilder.DropTable(
                name: "portal_session");

            migrationBuilder.DropTable(
                name: "portal_sign_in");

            migrationBuilder.DropTable(
                name: "portal_used_proof");

            migrationBuilder.CreateTable(
                name: "invitation",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    accepted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    invited_by = table.Column<string>(type: "text", nullable: false),
                    language = table.Column<string>(type: "text", nullable: false),
                    mail_id = table.Column<Guid>(type: "uuid", nullable: true),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: true),
                    role = table.Column<short>(type: "smallint", nullable: false),
                    sent_to = table.Column<string>(type: "text", nullable: false),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    withdrawn_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_invitation", x => new { x.tenant_id, x.id });
                    table.CheckConstraint("owner_has_mailbox", "(role = 4) = (mailbox_id is not null)");
                    table.ForeignKey(
                        name: "fk_invitation_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_invitation_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "password_reset",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    handled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    language = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    remote_address = table.Column<string>(type: "text", nullable: true),
                    token_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    user_agent = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_password_reset", x => x.id);
                    table.ForeignKey(
                        name: "fk_password_reset_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "queued_mail",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    failure = table.Column<short>(type: "smallint", nullable: true),
                    failure_code = table.Column<string>(type: "text", nullable: true),
                    kind = table.Column<string>(type: "text", nullable: false),
                    next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    recipient = table.Column<string>(type: "text", nullable: false),
                    sent_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_queued_mail", x => x.id);
                    table.ForeignKey(
                        name: "fk_queued_mail_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "tenant_visit",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    entered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    left_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    session = table.Column<string>(type: "text", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tenant_visit", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_tenant_visit_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_tenant_visit_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateIndex(
                name: "ix_invitation_open_address",
                table: "invitation",
                columns: new[] { "tenant_id", "address" },
                unique: true,
                filter: "mailbox_id is null and accepted_at is null and withdrawn_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_open_mailbox",
                table: "invitation",
                columns: new[] { "tenant_id", "mailbox_id" },
                unique: true,
                filter: "mailbox_id is not null and accepted_at is null and withdrawn_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_invitation_token_hash",
                table: "invitation",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_password_reset_name_asked_at",
                table: "password_reset",
                columns: new[] { "name", "asked_at" });

            migrationBuilder.CreateIndex(
                name: "ix_password_reset_remote_address_asked_at",
                table: "password_reset",
                columns: new[] { "remote_address", "asked_at" });

            migrationBuilder.CreateIndex(
                name: "ix_password_reset_token_hash",
                table: "password_reset",
                column: "token_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_password_reset_user_id",
                table: "password_reset",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_password_reset_waiting",
                table: "password_reset",
                column: "asked_at",
                filter: "handled_at is null");

            migrationBuilder.CreateIndex(
                name: "ix_queued_mail_next_at",
                table: "queued_mail",
                column: "next_at",
                filter: "state in (1, 2)");

            migrationBuilder.CreateIndex(
                name: "ix_queued_mail_tenant_id",
                table: "queued_mail",
                column: "tenant_id");

            migrationBuilder.CreateIndex(
                name: "ix_tenant_visit_tenant_id_session",
                table: "tenant_visit",
                columns: new[] { "tenant_id", "session" });

            migrationBuilder.CreateIndex(
                name: "ix_tenant_visit_user_id",
                table: "tenant_visit",
                column: "user_id");
        }
    }
}
