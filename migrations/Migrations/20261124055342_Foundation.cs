using System;
using System.Collections.Generic;
using System.Text.Json;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace AdminPortal.Migrations.Migrations
{
    /// <inheritdoc />
    public partial class Foundation : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "change_feed",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_change_feed", x => new { x.tenant_id, x.id });
                });

            migrationBuilder.CreateTable(
                name: "data_protection_key",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    friendly_name = table.Column<string>(type: "text", nullable: true),
                    xml = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_data_protection_key", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "idempotency_record",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    request_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    status = table.Column<int>(type: "integer", nullable: false),
                    location = table.Column<string>(type: "text", nullable: true),
                    e_tag = table.Column<string>(type: "text", nullable: true),
                    body = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_idempotency_record", x => new { x.tenant_id, x.actor_id, x.key });
                });

            migrationBuilder.CreateTable(
                name: "portal_user",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    display_name = table.Column<string>(type: "text", nullable: true),
                    language = table.Column<string>(type: "text", nullable: true),
                    is_platform_admin = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    normalized_user_name = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    normalized_email = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    email_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    password_hash = table.Column<string>(type: "text", nullable: true),
                    security_stamp = table.Column<string>(type: "text", nullable: true),
                    concurrency_stamp = table.Column<string>(type: "text", nullable: true),
                    phone_number = table.Column<string>(type: "character varying(256)", maxLength: 256, nullable: true),
                    phone_number_confirmed = table.Column<bool>(type: "boolean", nullable: false),
                    two_factor_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    lockout_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lockout_enabled = table.Column<bool>(type: "boolean", nullable: false),
                    access_failed_count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_user", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "tenant",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    slug = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    name = table.Column<string>(type: "text", nullable: false),
                    languages = table.Column<List<string>>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    imap = table.Column<short>(type: "smallint", nullable: false),
                    pop3 = table.Column<short>(type: "smallint", nullable: false),
                    smtp = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tenant", x => x.id);
                    table.CheckConstraint("tenant_says_on_or_off", "pop3 in (1, 2) and imap in (1, 2) and smtp in (1, 2)");
                });

            migrationBuilder.CreateTable(
                name: "portal_user_claim",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    claim_type = table.Column<string>(type: "text", nullable: true),
                    claim_value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_user_claim", x => x.id);
                    table.ForeignKey(
                        name: "fk_portal_user_claim_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_user_login",
                columns: table => new
                {
                    login_provider = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    provider_key = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    provider_display_name = table.Column<string>(type: "text", nullable: true),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_user_login", x => new { x.login_provider, x.provider_key });
                    table.ForeignKey(
                        name: "fk_portal_user_login_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_user_passkey",
                columns: table => new
                {
                    credential_id = table.Column<byte[]>(type: "bytea", maxLength: 1024, nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    data = table.Column<string>(type: "jsonb", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_user_passkey", x => x.credential_id);
                    table.ForeignKey(
                        name: "fk_portal_user_passkey_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "portal_user_token",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    login_provider = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    name = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                    value = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_portal_user_token", x => new { x.user_id, x.login_provider, x.name });
                    table.ForeignKey(
                        name: "fk_portal_user_token_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "api_token",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    name = table.Column<string>(type: "text", nullable: false),
                    prefix = table.Column<string>(type: "text", nullable: false),
                    hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    scopes = table.Column<List<string>>(type: "text[]", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_api_token", x => x.id);
                    table.ForeignKey(
                        name: "fk_api_token_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_api_token_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "audit_event",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    actor_name = table.Column<string>(type: "text", nullable: false),
                    actor_kind = table.Column<short>(type: "smallint", nullable: false),
                    actor_id = table.Column<Guid>(type: "uuid", nullable: true),
                    action = table.Column<string>(type: "text", nullable: false),
                    target_kind = table.Column<string>(type: "text", nullable: false),
                    target_id = table.Column<Guid>(type: "uuid", nullable: true),
                    target = table.Column<string>(type: "text", nullable: false),
                    before = table.Column<JsonDocument>(type: "jsonb", nullable: true),
                    after = table.Column<JsonDocument>(type: "jsonb", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    operation_id = table.Column<Guid>(type: "uuid", nullable: true),
                    remote_address = table.Column<string>(type: "text", nullable: true),
                    user_agent = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_audit_event", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_audit_event_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "domain",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    active_since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    imap = table.Column<short>(type: "smallint", nullable: false),
                    pop3 = table.Column<short>(type: "smallint", nullable: false),
                    smtp = table.Column<short>(type: "smallint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_domain", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_domain_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "import",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    file_name = table.Column<string>(type: "text", nullable: false),
                    bytes = table.Column<long>(type: "bigint", nullable: false),
                    options = table.Column<JsonDocument>(type: "jsonb", nullable: false),
                    preview = table.Column<JsonDocument>(type: "jsonb", nullable: true),
                    operation_id = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_import", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_import_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mail_content",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    body = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_content", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_mail_content_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "member",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    role = table.Column<short>(type: "smallint", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_member", x => new { x.tenant_id, x.user_id });
                    table.ForeignKey(
                        name: "fk_member_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_member_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "operation",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "text", nullable: false),
                    state = table.Column<short>(type: "smallint", nullable: false),
                    request = table.Column<JsonDocument>(type: "jsonb", nullable: false),
                    total = table.Column<int>(type: "integer", nullable: false),
                    done = table.Column<int>(type: "integer", nullable: false),
                    changed = table.Column<int>(type: "integer", nullable: false),
                    unchanged = table.Column<int>(type: "integer", nullable: false),
                    refused = table.Column<int>(type: "integer", nullable: false),
                    error = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    requested_by = table.Column<string>(type: "text", nullable: false),
                    requested_by_kind = table.Column<short>(type: "smallint", nullable: false),
                    requested_by_id = table.Column<Guid>(type: "uuid", nullable: true),
                    remote_address = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    lease_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    fence = table.Column<int>(type: "integer", nullable: false),
                    cancel_requested = table.Column<bool>(type: "boolean", nullable: false),
                    undo_of = table.Column<Guid>(type: "uuid", nullable: true),
                    undone_by = table.Column<Guid>(type: "uuid", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_operation", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_operation_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "plan",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    imap = table.Column<short>(type: "smallint", nullable: false),
                    pop3 = table.Column<short>(type: "smallint", nullable: false),
                    smtp = table.Column<short>(type: "smallint", nullable: false),
                    interval_minutes = table.Column<short>(type: "smallint", nullable: true),
                    keep_copy_on_server = table.Column<bool>(type: "boolean", nullable: true),
                    send_receive = table.Column<short>(type: "smallint", nullable: true),
                    use_idle = table.Column<bool>(type: "boolean", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_plan", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_plan_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "pod",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    host = table.Column<string>(type: "text", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_pod", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_pod_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "import_chunk",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    import_id = table.Column<Guid>(type: "uuid", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    content = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_import_chunk", x => new { x.tenant_id, x.import_id, x.position });
                    table.ForeignKey(
                        name: "fk_import_chunk_import_tenant_id_import_id",
                        columns: x => new { x.tenant_id, x.import_id },
                        principalTable: "import",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "operation_item",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    operation_id = table.Column<Guid>(type: "uuid", nullable: false),
                    position = table.Column<int>(type: "integer", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: true),
                    name = table.Column<string>(type: "text", nullable: false),
                    outcome = table.Column<string>(type: "text", nullable: false),
                    why = table.Column<string>(type: "text", nullable: true),
                    before = table.Column<JsonDocument>(type: "jsonb", nullable: true),
                    after = table.Column<JsonDocument>(type: "jsonb", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_operation_item", x => new { x.tenant_id, x.operation_id, x.position });
                    table.ForeignKey(
                        name: "fk_operation_item_operation_tenant_id_operation_id",
                        columns: x => new { x.tenant_id, x.operation_id },
                        principalTable: "operation",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mailbox",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    display_name = table.Column<string>(type: "text", nullable: false),
                    sort_name = table.Column<string>(type: "text", nullable: false, computedColumnSql: "lower(display_name) collate \"C\"", stored: true, collation: "C"),
                    domain_id = table.Column<Guid>(type: "uuid", nullable: false),
                    plan_id = table.Column<Guid>(type: "uuid", nullable: true),
                    pod_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: true),
                    external_id = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    exchange_guid = table.Column<Guid>(type: "uuid", nullable: true),
                    user_principal_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    exchange_name = table.Column<string>(type: "text", nullable: true, collation: "C"),
                    language = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    imap = table.Column<short>(type: "smallint", nullable: false),
                    pop3 = table.Column<short>(type: "smallint", nullable: false),
                    smtp = table.Column<short>(type: "smallint", nullable: false),
                    interval_minutes = table.Column<short>(type: "smallint", nullable: true),
                    keep_copy_on_server = table.Column<bool>(type: "boolean", nullable: true),
                    send_receive = table.Column<short>(type: "smallint", nullable: true),
                    use_idle = table.Column<bool>(type: "boolean", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mailbox", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_mailbox_domain_tenant_id_domain_id",
                        columns: x => new { x.tenant_id, x.domain_id },
                        principalTable: "domain",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_mailbox_plan_tenant_id_plan_id",
                        columns: x => new { x.tenant_id, x.plan_id },
                        principalTable: "plan",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_mailbox_pod_tenant_id_pod_id",
                        columns: x => new { x.tenant_id, x.pod_id },
                        principalTable: "pod",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_mailbox_portal_user_user_id",
                        column: x => x.user_id,
                        principalTable: "portal_user",
                        principalColumn: "id",
                        onDelete: ReferentialAction.SetNull);
                    table.ForeignKey(
                        name: "fk_mailbox_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                })
                .Annotation("Npgsql:StorageParameter:fillfactor", 85);

            migrationBuilder.CreateTable(
                name: "service_credential",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    pod_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    protected_password = table.Column<byte[]>(type: "bytea", nullable: false),
                    password_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_service_credential", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_service_credential_pod_tenant_id_pod_id",
                        columns: x => new { x.tenant_id, x.pod_id },
                        principalTable: "pod",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_service_credential_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "access_exception",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    protocol = table.Column<short>(type: "smallint", nullable: false),
                    effect = table.Column<short>(type: "smallint", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: false),
                    ticket = table.Column<string>(type: "text", nullable: true),
                    starts_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ends_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    created_by = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_access_exception", x => new { x.tenant_id, x.id });
                    table.CheckConstraint("allow_must_end", "effect <> 1 or ends_at is not null");
                    table.ForeignKey(
                        name: "fk_access_exception_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_access_exception_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "connectivity_check",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    protocol = table.Column<short>(type: "smallint", nullable: false),
                    endpoint = table.Column<string>(type: "text", nullable: false),
                    credential = table.Column<string>(type: "text", nullable: false),
                    verdict = table.Column<string>(type: "text", nullable: false),
                    cause = table.Column<string>(type: "text", nullable: true),
                    duration_ms = table.Column<int>(type: "integer", nullable: false),
                    steps = table.Column<JsonDocument>(type: "jsonb", nullable: false),
                    requested_by = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()")
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_connectivity_check", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_connectivity_check_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_connectivity_check_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mail_credential",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<short>(type: "smallint", nullable: false),
                    label = table.Column<string>(type: "text", nullable: false),
                    stored_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    server_key = table.Column<byte[]>(type: "bytea", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false, defaultValueSql: "now()"),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    last_used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_credential", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_mail_credential_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_mail_credential_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mail_endpoint",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    domain_id = table.Column<Guid>(type: "uuid", nullable: true),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: true),
                    protocol = table.Column<short>(type: "smallint", nullable: false),
                    preset = table.Column<short>(type: "smallint", nullable: false),
                    host = table.Column<string>(type: "text", nullable: true),
                    port = table.Column<int>(type: "integer", nullable: true),
                    security = table.Column<short>(type: "smallint", nullable: false),
                    user_name_format = table.Column<short>(type: "smallint", nullable: false),
                    position = table.Column<short>(type: "smallint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_endpoint", x => new { x.tenant_id, x.id });
                    table.CheckConstraint("custom_has_host", "preset = 1 or (host is not null and port between 1 and 65535)");
                    table.ForeignKey(
                        name: "fk_mail_endpoint_domain_tenant_id_domain_id",
                        columns: x => new { x.tenant_id, x.domain_id },
                        principalTable: "domain",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_mail_endpoint_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_mail_endpoint_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mail_folder",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    special_use = table.Column<string>(type: "text", nullable: true),
                    subscribed = table.Column<bool>(type: "boolean", nullable: false),
                    uid_validity = table.Column<long>(type: "bigint", nullable: false),
                    uid_next = table.Column<long>(type: "bigint", nullable: false),
                    highest_mod_seq = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_folder", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_mail_folder_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_mail_folder_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mailbox_alias",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false, collation: "C"),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mailbox_alias", x => new { x.tenant_id, x.address });
                    table.ForeignKey(
                        name: "fk_mailbox_alias_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "mailbox_scram",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    salt = table.Column<byte[]>(type: "bytea", nullable: false),
                    iterations = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mailbox_scram", x => new { x.tenant_id, x.mailbox_id });
                    table.ForeignKey(
                        name: "fk_mailbox_scram_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sign_in_attempt",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    mailbox_id = table.Column<Guid>(type: "uuid", nullable: false),
                    protocol = table.Column<short>(type: "smallint", nullable: false),
                    remote_address = table.Column<string>(type: "text", nullable: false),
                    mechanism = table.Column<string>(type: "text", nullable: false),
                    result = table.Column<short>(type: "smallint", nullable: false),
                    first_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    count = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sign_in_attempt", x => new { x.tenant_id, x.id });
                    table.ForeignKey(
                        name: "fk_sign_in_attempt_mailbox_tenant_id_mailbox_id",
                        columns: x => new { x.tenant_id, x.mailbox_id },
                        principalTable: "mailbox",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_sign_in_attempt_tenant_tenant_id",
                        column: x => x.tenant_id,
                        principalTable: "tenant",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "mail_message",
                columns: table => new
                {
                    tenant_id = table.Column<Guid>(type: "uuid", nullable: false),
                    folder_id = table.Column<Guid>(type: "uuid", nullable: false),
                    uid = table.Column<long>(type: "bigint", nullable: false),
                    content_id = table.Column<Guid>(type: "uuid", nullable: false),
                    flags = table.Column<int>(type: "integer", nullable: false),
                    keywords = table.Column<string[]>(type: "text[]", nullable: false),
                    internal_date = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    size = table.Column<int>(type: "integer", nullable: false),
                    mod_seq = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_mail_message", x => new { x.tenant_id, x.folder_id, x.uid });
                    table.ForeignKey(
                        name: "fk_mail_message_mail_content_tenant_id_content_id",
                        columns: x => new { x.tenant_id, x.content_id },
                        principalTable: "mail_content",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_mail_message_mail_folder_tenant_id_folder_id",
                        columns: x => new { x.tenant_id, x.folder_id },
                        principalTable: "mail_folder",
                        principalColumns: new[] { "tenant_id", "id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_access_exception_tenant_id_mailbox_id",
                table: "access_exception",
                columns: new[] { "tenant_id", "mailbox_id" });

            migrationBuilder.CreateIndex(
                name: "ix_api_token_hash",
                table: "api_token",
                column: "hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_api_token_tenant_id",
                table: "api_token",
                column: "tenant_id");

            migrationBuilder.CreateIndex(
                name: "ix_api_token_user_id",
                table: "api_token",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_audit_event_tenant_id_target_id_id",
                table: "audit_event",
                columns: new[] { "tenant_id", "target_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_change_feed_id",
                table: "change_feed",
                column: "id");

            migrationBuilder.CreateIndex(
                name: "ix_connectivity_check_tenant_id_mailbox_id_protocol_at",
                table: "connectivity_check",
                columns: new[] { "tenant_id", "mailbox_id", "protocol", "at" });

            migrationBuilder.CreateIndex(
                name: "ix_domain_name",
                table: "domain",
                column: "name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_record_created_at",
                table: "idempotency_record",
                column: "created_at");

            migrationBuilder.CreateIndex(
                name: "ix_mail_credential_tenant_id_mailbox_id",
                table: "mail_credential",
                columns: new[] { "tenant_id", "mailbox_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_endpoint_tenant_id_domain_id",
                table: "mail_endpoint",
                columns: new[] { "tenant_id", "domain_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_endpoint_tenant_id_mailbox_id",
                table: "mail_endpoint",
                columns: new[] { "tenant_id", "mailbox_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mail_folder_tenant_id_mailbox_id_name",
                table: "mail_folder",
                columns: new[] { "tenant_id", "mailbox_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_mail_message_tenant_id_content_id",
                table: "mail_message",
                columns: new[] { "tenant_id", "content_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_address",
                table: "mailbox",
                columns: new[] { "tenant_id", "address" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_domain_id",
                table: "mailbox",
                columns: new[] { "tenant_id", "domain_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_exchange_guid",
                table: "mailbox",
                columns: new[] { "tenant_id", "exchange_guid" },
                filter: "exchange_guid is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_exchange_name",
                table: "mailbox",
                columns: new[] { "tenant_id", "exchange_name" },
                filter: "exchange_name is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_external_id",
                table: "mailbox",
                columns: new[] { "tenant_id", "external_id" },
                filter: "external_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_plan_id",
                table: "mailbox",
                columns: new[] { "tenant_id", "plan_id" },
                filter: "plan_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_pod_id",
                table: "mailbox",
                columns: new[] { "tenant_id", "pod_id" });

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_sort_name_id",
                table: "mailbox",
                columns: new[] { "tenant_id", "sort_name", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_tenant_id_user_principal_name",
                table: "mailbox",
                columns: new[] { "tenant_id", "user_principal_name" },
                filter: "user_principal_name is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_user_id",
                table: "mailbox",
                column: "user_id",
                filter: "user_id is not null");

            migrationBuilder.CreateIndex(
                name: "ix_mailbox_alias_tenant_id_mailbox_id",
                table: "mailbox_alias",
                columns: new[] { "tenant_id", "mailbox_id" });

            migrationBuilder.CreateIndex(
                name: "ix_member_user_id",
                table: "member",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_operation_state_created_at",
                table: "operation",
                columns: new[] { "state", "created_at" },
                filter: "state in (1, 2)");

            migrationBuilder.CreateIndex(
                name: "ix_plan_tenant_id_name",
                table: "plan",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_pod_tenant_id_name",
                table: "pod",
                columns: new[] { "tenant_id", "name" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_portal_user_normalized_email",
                table: "portal_user",
                column: "normalized_email");

            migrationBuilder.CreateIndex(
                name: "ix_portal_user_normalized_user_name",
                table: "portal_user",
                column: "normalized_user_name",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_portal_user_claim_user_id",
                table: "portal_user_claim",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_portal_user_login_user_id",
                table: "portal_user_login",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_portal_user_passkey_user_id",
                table: "portal_user_passkey",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_service_credential_tenant_id_pod_id",
                table: "service_credential",
                columns: new[] { "tenant_id", "pod_id" });

            migrationBuilder.CreateIndex(
                name: "ix_service_credential_user_name",
                table: "service_credential",
                column: "user_name",
                unique: true,
                filter: "password_hash is not null");

            migrationBuilder.CreateIndex(
                name: "ix_sign_in_attempt_tenant_id_mailbox_id_protocol_result_remote",
                table: "sign_in_attempt",
                columns: new[] { "tenant_id", "mailbox_id", "protocol", "result", "remote_address", "mechanism" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_tenant_slug",
                table: "tenant",
                column: "slug",
                unique: true);

            migrationBuilder.Run("identifiers");
            migrationBuilder.Run("counters");
            migrationBuilder.Run("search");
            migrationBuilder.Run("walls");
            migrationBuilder.Run("access");
            migrationBuilder.Run("entrances");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "access_exception");

            migrationBuilder.DropTable(
                name: "api_token");

            migrationBuilder.DropTable(
                name: "audit_event");

            migrationBuilder.DropTable(
                name: "change_feed");

            migrationBuilder.DropTable(
                name: "connectivity_check");

            migrationBuilder.DropTable(
                name: "data_protection_key");

            migrationBuilder.DropTable(
                name: "idempotency_record");

            migrationBuilder.DropTable(
                name: "import_chunk");

            migrationBuilder.DropTable(
                name: "mail_credential");

            migrationBuilder.DropTable(
                name: "mail_endpoint");

            migrationBuilder.DropTable(
                name: "mail_message");

            migrationBuilder.DropTable(
                name: "mailbox_alias");

            migrationBuilder.DropTable(
                name: "mailbox_scram");

            migrationBuilder.DropTable(
                name: "member");

            migrationBuilder.DropTable(
                name: "operation_item");

            migrationBuilder.DropTable(
                name: "portal_user_claim");

            migrationBuilder.DropTable(
                name: "portal_user_login");

            migrationBuilder.DropTable(
                name: "portal_user_passkey");

            migrationBuilder.DropTable(
                name: "portal_user_token");

            migrationBuilder.DropTable(
                name: "service_credential");

            migrationBuilder.DropTable(
                name: "sign_in_attempt");

            migrationBuilder.DropTable(
                name: "import");

            migrationBuilder.DropTable(
                name: "mail_content");

            migrationBuilder.DropTable(
                name: "mail_folder");

            migrationBuilder.DropTable(
                name: "operation");

            migrationBuilder.DropTable(
                name: "mailbox");

            migrationBuilder.DropTable(
                name: "domain");

            migrationBuilder.DropTable(
                name: "plan");

            migrationBuilder.DropTable(
                name: "pod");

            migrationBuilder.DropTable(
                name: "portal_user");

            migrationBuilder.DropTable(
                name: "tenant");
        }
    }
}
