using AdminPortal.Data;

namespace AdminPortal.Features.Mailboxes.Import;

/// <summary>
/// The set-based SQL of an import, shown in full. <c>import_row</c> is the file; <c>import_match</c> says which mailbox a line means;
/// <c>import_plan</c> says what becomes of a line, except of those that change nothing. In SQL a setting is 0 inherit, 1 enabled, 2 disabled;
/// a null asks for nothing. Tenant tables are behind row-level security; the tenant is named all the same, for the indexes.
/// </summary>
internal static class ImportStatements
{
    public const string Tenant = "current_tenant()";

    public const string Prepare = """
        SET LOCAL work_mem = '64MB';
        CREATE TEMP TABLE import_row (
            line integer NOT NULL, problem text, external_id text COLLATE "C", exchange_guid uuid, address text COLLATE "C",
            user_principal_name text COLLATE "C", identity text COLLATE "C", name text COLLATE "C", display_name text, plan text, aliases text[],
            pop3 smallint, imap smallint, smtp smallint) ON COMMIT DROP;
        CREATE TEMP TABLE import_match (
            line integer NOT NULL, mailbox_id uuid NOT NULL, key smallint NOT NULL, address text COLLATE "C" NOT NULL, contradicted_by smallint,
            old_pop3 smallint NOT NULL, old_imap smallint NOT NULL, old_smtp smallint NOT NULL,
            new_pop3 smallint NOT NULL, new_imap smallint NOT NULL, new_smtp smallint NOT NULL) ON COMMIT DROP;
        CREATE TEMP TABLE import_ambiguous (line integer NOT NULL, key smallint NOT NULL, found integer NOT NULL) ON COMMIT DROP;
        CREATE TEMP TABLE import_twice (mailbox_id uuid NOT NULL, lines integer[] NOT NULL) ON COMMIT DROP;
        CREATE TEMP TABLE import_new (line integer NOT NULL, address text COLLATE "C", domain_name text COLLATE "C") ON COMMIT DROP;
        CREATE TEMP TABLE import_new_twice (address text COLLATE "C" NOT NULL, lines integer[] NOT NULL) ON COMMIT DROP;
        """;

    /// <summary>Tells the planner how many rows there are and how alike; a small sample says as much as a large one.</summary>
    public const string Survey = "SET LOCAL default_statistics_target = 10; ANALYZE import_row";

    public const string Copy = $"COPY import_row ({StagedRows.Columns}) FROM STDIN (FORMAT binary)";

    /// <summary>
    /// How a line finds its mailbox: by the strongest key that finds any. Exchange takes a name, an alias, an address, a GUID or a UPN for an
    /// Identity, so that one is compared with all of them; its Name is the weakest of keys, and the display name a second guess at it.
    /// Identities and names come in lower case.
    /// </summary>
    public static readonly IReadOnlyList<ImportMatch> Matches =
    [
        new(MailboxColumn.ExternalDirectoryObjectId, "mailbox m ON m.external_id = r.external_id"),
        new(MailboxColumn.ExchangeGuid, "mailbox m ON m.exchange_guid = r.exchange_guid"),
        new(MailboxColumn.Address, "mailbox m ON m.address = r.address") { IsUnique = true },
        new(MailboxColumn.Address, "mailbox_alias a ON a.address = r.address JOIN mailbox m ON m.tenant_id = a.tenant_id AND m.id = a.mailbox_id") { IsUnique = true },
        new(MailboxColumn.UserPrincipalName, "mailbox m ON m.user_principal_name = r.user_principal_name"),
        new(MailboxColumn.UserPrincipalName, "mailbox m ON m.address = r.user_principal_name AND m.user_principal_name IS NULL") { IsUnique = true },
        new(MailboxColumn.Identity, "mailbox m ON m.address = r.identity") { IsUnique = true },
        new(MailboxColumn.Identity, "mailbox_alias a ON a.address = r.identity JOIN mailbox m ON m.tenant_id = a.tenant_id AND m.id = a.mailbox_id") { IsUnique = true },
        new(MailboxColumn.Identity, "mailbox m ON m.user_principal_name = r.identity"),
        new(MailboxColumn.Identity, "mailbox m ON m.external_id = r.identity"),
        new(MailboxColumn.Identity, "mailbox m ON m.exchange_guid::text = r.identity"),
        new(MailboxColumn.Identity, "mailbox m ON m.exchange_name = r.identity"),
        new(MailboxColumn.Identity, "mailbox m ON m.sort_name = r.identity"),
        new(MailboxColumn.Name, "mailbox m ON m.exchange_name = r.name"),
        new(MailboxColumn.Name, "mailbox m ON m.external_id = r.name"),
        new(MailboxColumn.Name, "mailbox m ON m.sort_name = r.name"),
    ];

    public const string CountUnmatched = """
        SELECT count(*)::int FROM import_row r WHERE r.problem IS NULL AND NOT EXISTS (SELECT FROM import_match x WHERE x.line = r.line)
        """;

    /// <summary>Lines that mean several mailboxes: none of those is guessed at.</summary>
    public const string SetAmbiguousApart = """
        INSERT INTO import_ambiguous SELECT x.line, min(x.key), count(*) FROM import_match x GROUP BY x.line HAVING count(*) > 1;
        DELETE FROM import_match x USING import_ambiguous a WHERE x.line = a.line;
        """;

    /// <summary>Mailboxes that several lines mean.</summary>
    public const string FindTwice = """
        INSERT INTO import_twice
        SELECT x.mailbox_id, (array_agg(x.line ORDER BY x.line))[1:2] FROM import_match x
        WHERE x.mailbox_id IN (SELECT y.mailbox_id FROM import_match y GROUP BY y.mailbox_id HAVING count(*) > 1)
        GROUP BY x.mailbox_id
        """;

    /// <summary>Lines that mean no mailbox yet, and addresses that several of them give.</summary>
    public const string FindNew = """
        INSERT INTO import_new
        SELECT r.line, r.address, split_part(r.address, '@', 2) FROM import_row r
        WHERE r.problem IS NULL AND NOT EXISTS (SELECT FROM import_match x WHERE x.line = r.line)
          AND NOT EXISTS (SELECT FROM import_ambiguous a WHERE a.line = r.line);
        INSERT INTO import_new_twice
        SELECT n.address, (array_agg(n.line ORDER BY n.line))[1:2] FROM import_new n
        WHERE n.address IS NOT NULL GROUP BY n.address HAVING count(*) > 1;
        """;

    /// <summary>Decides about every line, and keeps those of which something comes: a change, a new mailbox, a refusal.</summary>
    /// <param name="everyValue">Write each value as the mailbox's own, instead of only those that differ from what is in effect.</param>
    /// <param name="mayCreate">Whether a line may bring a mailbox into being. A list of addresses may not: there, an unknown one is a typing error.</param>
    public static string Decide(bool everyValue, bool mayCreate) => $"""
        CREATE TEMP TABLE import_plan ON COMMIT DROP AS
        SELECT x.line, x.mailbox_id, x.address, false AS is_new, NULL::uuid AS domain_id, NULL::uuid AS plan_id, NULL::uuid AS pod_id,
               (CASE WHEN w.mailbox_id IS NOT NULL THEN {(short)ImportProblemKind.NamedTwice}
                     WHEN x.contradicted_by IS NOT NULL THEN {(short)ImportProblemKind.ContradictoryIdentity} END)::smallint AS problem,
               x.address AS problem_value,
               CASE WHEN w.mailbox_id IS NOT NULL THEN x.key ELSE x.contradicted_by END AS problem_key,
               w.lines[CASE WHEN w.lines[1] = x.line THEN 2 ELSE 1 END] AS problem_number,
               x.old_pop3, x.old_imap, x.old_smtp, x.new_pop3, x.new_imap, x.new_smtp
        FROM import_match x LEFT JOIN import_twice w ON w.mailbox_id = x.mailbox_id
        WHERE w.mailbox_id IS NOT NULL OR x.contradicted_by IS NOT NULL
           OR (x.old_pop3, x.old_imap, x.old_smtp) <> (x.new_pop3, x.new_imap, x.new_smtp)
        UNION ALL
        SELECT n.line, NULL, n.address, true, d.id, l.id, o.id,
               (CASE WHEN n.address IS NULL OR {(mayCreate ? "false" : "true")} THEN {(short)ImportProblemKind.UnknownMailbox}
                     WHEN w.address IS NOT NULL THEN {(short)ImportProblemKind.NamedTwice}
                     WHEN d.id IS NULL THEN {(short)ImportProblemKind.ForeignDomain}
                     WHEN r.plan <> '' AND l.id IS NULL THEN {(short)ImportProblemKind.UnknownPlan}
                     WHEN o.id IS NULL THEN {(short)ImportProblemKind.NoPod} END)::smallint,
               CASE WHEN n.address IS NOT NULL AND d.id IS NOT NULL AND r.plan <> '' AND l.id IS NULL THEN r.plan
                    ELSE coalesce(n.address, r.user_principal_name, r.identity, r.name, r.external_id, r.exchange_guid::text) END,
               (CASE WHEN n.address IS NOT NULL AND d.id IS NOT NULL AND r.plan <> '' AND l.id IS NULL THEN {(short)MailboxColumn.Plan}
                     WHEN n.address IS NOT NULL THEN {(short)MailboxColumn.Address}
                     WHEN r.user_principal_name IS NOT NULL THEN {(short)MailboxColumn.UserPrincipalName}
                     WHEN r.identity IS NOT NULL THEN {(short)MailboxColumn.Identity}
                     WHEN r.name IS NOT NULL THEN {(short)MailboxColumn.Name}
                     WHEN r.external_id IS NOT NULL THEN {(short)MailboxColumn.ExternalDirectoryObjectId}
                     ELSE {(short)MailboxColumn.ExchangeGuid} END)::smallint,
               w.lines[CASE WHEN w.lines[1] = n.line THEN 2 ELSE 1 END],
               0::smallint, 0::smallint, 0::smallint, {NewSettings(everyValue, own: "0::smallint")}
        FROM import_new n
        JOIN import_row r ON r.line = n.line
        JOIN tenant t ON t.id = {Tenant}
        LEFT JOIN domain d ON d.tenant_id = {Tenant} AND d.name = n.domain_name AND d.active_since IS NOT NULL
        LEFT JOIN plan l ON l.tenant_id = {Tenant} AND l.name = r.plan
        LEFT JOIN (SELECT p.id FROM pod p WHERE p.tenant_id = {Tenant} ORDER BY p.id LIMIT 1) AS o ON true
        LEFT JOIN import_new_twice w ON w.address = n.address
        UNION ALL
        SELECT a.line, NULL, NULL, false, NULL, NULL, NULL, {(short)ImportProblemKind.AmbiguousIdentity}::smallint,
               (CASE a.key WHEN {(short)MailboxColumn.ExternalDirectoryObjectId} THEN r.external_id
                           WHEN {(short)MailboxColumn.ExchangeGuid} THEN r.exchange_guid::text
                           WHEN {(short)MailboxColumn.UserPrincipalName} THEN r.user_principal_name
                           WHEN {(short)MailboxColumn.Identity} THEN r.identity ELSE r.name END), a.key, a.found,
               0::smallint, 0::smallint, 0::smallint, 0::smallint, 0::smallint, 0::smallint
        FROM import_ambiguous a JOIN import_row r ON r.line = a.line;
        ANALYZE import_plan
        """;

    public const string Count = """
        SELECT f.rows, p.created, p.changed, f.rows - f.broken - p.created - p.changed - p.refused, f.broken + p.refused
        FROM (SELECT count(*)::int AS rows, count(problem)::int AS broken FROM import_row) AS f,
             (SELECT count(*) FILTER (WHERE problem IS NULL AND is_new)::int AS created,
                     count(*) FILTER (WHERE problem IS NULL AND NOT is_new)::int AS changed,
                     count(problem)::int AS refused
              FROM import_plan) AS p
        """;

    /// <summary>Kind and count; a problem of the line itself is JSON, and counted by the reader.</summary>
    public const string CountProblems = """
        SELECT problem, NULL::text, count(*)::int FROM import_plan WHERE problem IS NOT NULL GROUP BY problem
        UNION ALL
        SELECT NULL, problem::jsonb ->> 'kind', count(*)::int FROM import_row WHERE problem IS NOT NULL GROUP BY problem::jsonb ->> 'kind'
        """;

    /// <summary>The first $1: line, kind, problem of the line in JSON, value, key, number.</summary>
    public const string Problems = """
        SELECT line, NULL::smallint, problem, NULL::text, NULL::smallint, NULL::int FROM import_row WHERE problem IS NOT NULL
        UNION ALL
        SELECT line, problem, NULL, problem_value, problem_key, problem_number FROM import_plan WHERE problem IS NOT NULL
        ORDER BY line LIMIT $1
        """;

    /// <summary>The first $1: line, address, whether new, old and new settings.</summary>
    public const string Changes = """
        SELECT line, address, is_new, old_pop3, old_imap, old_smtp, new_pop3, new_imap, new_smtp FROM import_plan
        WHERE problem IS NULL ORDER BY line LIMIT $1
        """;

    /// <summary>
    /// Locks the mailboxes that are to change, in the order of ids like every bulk change, and looks at them once more: whoever changed one
    /// since the comparison is not overwritten unseen, because old and new are taken from the locked row.
    /// </summary>
    public static string Lock(bool everyValue) => $"""
        CREATE TEMP TABLE import_change ON COMMIT DROP AS
        SELECT p.line, m.id, m.address, m.pop3 AS old_pop3, m.imap AS old_imap, m.smtp AS old_smtp, {NewSettings(everyValue)}
        FROM import_plan p
        JOIN import_row r ON r.line = p.line
        JOIN mailbox m ON m.tenant_id = {Tenant} AND m.id = p.mailbox_id
        {Layers}
        WHERE p.problem IS NULL AND NOT p.is_new
        ORDER BY m.id
        FOR NO KEY UPDATE OF m
        """;

    /// <summary>Changes the locked mailboxes, each with its audit event and its item: one statement.</summary>
    public static readonly string Change = $"""
        WITH changed AS (
            UPDATE mailbox m SET pop3 = c.new_pop3, imap = c.new_imap, smtp = c.new_smtp, version = m.version + 1, updated_at = now()
            FROM import_change c
            WHERE m.tenant_id = {Tenant} AND m.id = c.id AND (c.old_pop3, c.old_imap, c.old_smtp) <> (c.new_pop3, c.new_imap, c.new_smtp)
            RETURNING c.line, m.id, m.address, {Difference("c", "old", "new")} AS before, {Difference("c", "new", "old")} AS after),
        {Audit(AuditActions.MailAccessChanged)}
        INSERT INTO operation_item (tenant_id, operation_id, position, mailbox_id, name, outcome, before, after)
        SELECT {Tenant}, $1, line, id, address, 'changed', before, after FROM changed
        """;

    /// <summary>Brings the new mailboxes into being, each with its audit event and its item.</summary>
    public static readonly string Create = $"""
        WITH created AS (
            INSERT INTO mailbox (tenant_id, id, address, display_name, domain_id, plan_id, pod_id, external_id, exchange_guid,
                                 user_principal_name, exchange_name, pop3, imap, smtp, version)
            SELECT {Tenant}, new_uuid(), p.address, coalesce(nullif(r.display_name, ''), split_part(p.address, '@', 1)), p.domain_id, p.plan_id, p.pod_id,
                   r.external_id, r.exchange_guid, r.user_principal_name, r.name, p.new_pop3, p.new_imap, p.new_smtp, 1
            FROM import_plan p JOIN import_row r ON r.line = p.line
            WHERE p.problem IS NULL AND p.is_new
            RETURNING id, address, display_name),
        changed AS (
            SELECT p.line, c.id, c.address, NULL::jsonb AS before,
                   jsonb_build_object('address', c.address, 'displayName', c.display_name) || {Difference("p", "new", "old")} AS after
            FROM created c JOIN import_plan p ON p.address = c.address AND p.is_new AND p.problem IS NULL),
        {Audit(AuditActions.MailboxCreated)}
        INSERT INTO operation_item (tenant_id, operation_id, position, mailbox_id, name, outcome, after)
        SELECT {Tenant}, $1, line, id, address, 'created', after FROM changed
        """;

    /// <summary>
    /// The other addresses of new mailboxes: those in active domains of the tenant that are nobody's yet. Exchange gives every mailbox one in
    /// a domain of Microsoft's, so a foreign one is no error.
    /// </summary>
    public const string CreateAliases = $"""
        INSERT INTO mailbox_alias (tenant_id, address, mailbox_id)
        SELECT DISTINCT ON (a.address) {Tenant}, a.address, m.id
        FROM import_plan p
        JOIN import_row r ON r.line = p.line
        CROSS JOIN LATERAL unnest(r.aliases) AS a (address)
        JOIN mailbox m ON m.tenant_id = {Tenant} AND m.address = p.address
        JOIN domain d ON d.tenant_id = {Tenant} AND d.name = split_part(a.address, '@', 2) AND d.active_since IS NOT NULL
        WHERE p.problem IS NULL AND p.is_new
          AND NOT EXISTS (SELECT FROM mailbox taken WHERE taken.tenant_id = {Tenant} AND taken.address = a.address COLLATE "C")
        ORDER BY a.address, p.line
        ON CONFLICT DO NOTHING
        """;

    /// <summary>Keeps the refused lines as items of the operation $1.</summary>
    public const string RecordRefused = $"""
        INSERT INTO operation_item (tenant_id, operation_id, position, mailbox_id, name, outcome, why)
        SELECT {Tenant}, $1, p.line, p.mailbox_id, coalesce(p.problem_value, ''), 'refused', k.word
        FROM import_plan p JOIN unnest($2::smallint[], $3::text[]) AS k (kind, word) ON k.kind = p.problem
        UNION ALL
        SELECT {Tenant}, $1, r.line, NULL, coalesce(r.problem::jsonb ->> 'value', ''), 'refused', r.problem::jsonb ->> 'kind'
        FROM import_row r WHERE r.problem IS NOT NULL
        ON CONFLICT DO NOTHING
        """;

    /// <summary>One event for the import itself, beside those of its mailboxes. After <c>$6</c>: action, import, file name, result.</summary>
    public const string RecordImport = $"""
        INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, after, reason, operation_id,
                                 remote_address)
        VALUES ({Tenant}, $2, $3, $4, $7, 'import', $8, $9, $10, $5, $1, $6)
        """;

    /// <summary>The file has done its work: its people's names are not kept any longer. $1 is the import.</summary>
    public const string ForgetFile = $"DELETE FROM import_chunk WHERE tenant_id = {Tenant} AND import_id = $1";

    /// <summary>One entry of the change feed stands for all: whoever holds sessions of the tenant looks again.</summary>
    public const string Tell = $"INSERT INTO change_feed (tenant_id) VALUES ({Tenant})";

    public const string Layers = $"""
        JOIN tenant t ON t.id = {Tenant}
        JOIN domain d ON d.tenant_id = m.tenant_id AND d.id = m.domain_id
        LEFT JOIN plan l ON l.tenant_id = m.tenant_id AND l.id = m.plan_id
        """;

    public static string NewSettings(bool everyValue, string? own = null) =>
        string.Join(", ", ((string[])["pop3", "imap", "smtp"]).Select(protocol => NewSetting(protocol, everyValue, own ?? $"m.{protocol}") + $" AS new_{protocol}"));

    // The file speaks of settings, so it is compared with what the layers say, not with an exception that holds today and is gone tomorrow.
    private static string NewSetting(string protocol, bool everyValue, string own) => $"""
        CASE WHEN r.{protocol} IS NULL THEN {own}
             WHEN r.{protocol} = 0 OR {(everyValue ? "true" : "false")} THEN r.{protocol}
             WHEN coalesce(nullif({own}, 0), nullif(l.{protocol}, 0), nullif(d.{protocol}, 0), t.{protocol}) = r.{protocol} THEN {own}
             ELSE r.{protocol} END
        """;

    private static string Difference(string table, string shown, string other) => $"""
        jsonb_strip_nulls(jsonb_build_object({string.Join(", ", ((string[])["pop3", "imap", "smtp"]).Select(protocol =>
            $"'{protocol}', CASE WHEN {table}.{shown}_{protocol} <> {table}.{other}_{protocol} THEN (ARRAY['inherit', 'enabled', 'disabled'])[{table}.{shown}_{protocol} + 1] END"))}))
        """;

    // $1 operation, $2 actor's name, $3 kind, $4 id, $5 reason, $6 remote address
    private static string Audit(string action) => $"""
        audited AS (
            INSERT INTO audit_event (tenant_id, actor_name, actor_kind, actor_id, action, target_kind, target_id, target, before, after,
                                     reason, operation_id, remote_address)
            SELECT {Tenant}, $2, $3, $4, '{action}', 'mailbox', id, address, before, after, $5, $1, $6 FROM changed)
        """;
}

/// <summary>One way to find a mailbox: <paramref name="From"/> joins it, as <c>m</c>, with <c>import_row r</c>.</summary>
internal sealed record ImportMatch(MailboxColumn Key, string From)
{
    /// <summary>Whether a line can find one mailbox at most this way.</summary>
    public bool IsUnique { get; init; }

    /// <summary>Finds the mailboxes of lines that have found none yet, and what would become of their settings, in one pass over both.</summary>
    public string Sql(bool everyValue) => $"""
        INSERT INTO import_match
        SELECT r.line, m.id, {(short)Key}, m.address,
               CASE WHEN r.external_id <> m.external_id THEN {(short)MailboxColumn.ExternalDirectoryObjectId}
                    WHEN r.exchange_guid <> m.exchange_guid THEN {(short)MailboxColumn.ExchangeGuid} END,
               m.pop3, m.imap, m.smtp, {ImportStatements.NewSettings(everyValue)}
        FROM import_row r JOIN {From}
        {ImportStatements.Layers}
        WHERE m.tenant_id = {ImportStatements.Tenant} AND r.problem IS NULL
          AND NOT EXISTS (SELECT FROM import_match x WHERE x.line = r.line)
        """;
}
