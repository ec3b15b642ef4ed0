using Npgsql;
using NpgsqlTypes;

namespace AdminPortal.Data;

/// <summary>
/// Which mailboxes of the tenant are meant. It has one home, so that "these 1,204" on the list's page are the very same 1,204 that a bulk
/// change, an export or a check then takes. Absent members filter nothing.
/// </summary>
public sealed record MailboxFilter
{
    /// <summary>From this length on a substring is found through the trigram index; shorter text is a beginning.</summary>
    private const int ShortestSubstring = 3;

    public static readonly MailboxFilter Everything = new();

    /// <summary>A part of the address or the name, or the beginning of an alias; one or two characters are a beginning of each.</summary>
    public string? Search { get; init; }

    /// <summary>Whether POP3 is effectively on.</summary>
    public bool? Pop3 { get; init; }

    /// <summary>Whether IMAP4 is effectively on.</summary>
    public bool? Imap { get; init; }

    /// <summary>Whether SMTP is effectively on.</summary>
    public bool? Smtp { get; init; }

    /// <summary>The mailbox's own setting for POP3.</summary>
    public AccessSetting? Pop3Setting { get; init; }

    /// <summary>The mailbox's own setting for IMAP4.</summary>
    public AccessSetting? ImapSetting { get; init; }

    /// <summary>The mailbox's own setting for SMTP.</summary>
    public AccessSetting? SmtpSetting { get; init; }

    /// <summary>A plan's name or id; the empty text means mailboxes without a plan.</summary>
    public string? Plan { get; init; }

    /// <summary>A domain's name.</summary>
    public string? Domain { get; init; }

    /// <summary>The needle as the search compares it, or null where nothing is searched. PostgreSQL's text holds no NUL.</summary>
    private string? Needle => string.IsNullOrWhiteSpace(Search) ? null : Search.Replace("\0", "", StringComparison.Ordinal).Trim().ToLowerInvariant();

    /// <summary>The condition on <c>mailbox m</c>, the tenant included. Values become positional parameters, after those already there.</summary>
    /// <param name="parameters">The command's; the caller may have added some, and may add more.</param>
    /// <param name="tenantId">The unit of work's tenant.</param>
    /// <param name="mostFound">At most that many mailboxes are found by each way of searching: a page bounds its search, a bulk change must not.</param>
    public string ToSql(NpgsqlParameterCollection parameters, Guid tenantId, int mostFound = int.MaxValue)
    {
        var tenant = Add(parameters, NpgsqlDbType.Uuid, tenantId);
        var conditions = new List<string> { $"m.tenant_id = {tenant}" };
        if (Needle is { } needle) conditions.Add(SearchSql(parameters, tenant, needle, mostFound));
        if (Plan is not null) conditions.Add(PlanSql(parameters, tenant, Plan.Trim()));
        if (Domain is not null) conditions.Add(DomainSql(parameters, tenant));
        AddAccess(MailProtocol.Pop3, "m.pop3", Pop3, Pop3Setting);
        AddAccess(MailProtocol.Imap, "m.imap", Imap, ImapSetting);
        AddAccess(MailProtocol.Smtp, "m.smtp", Smtp, SmtpSetting);
        return string.Join(" AND ", conditions);

        void AddAccess(MailProtocol protocol, string column, bool? effective, AccessSetting? setting)
        {
            if (setting is { } own) conditions.Add($"{column} = {Add(parameters, NpgsqlDbType.Smallint, (short)own)}");
            if (effective is { } allowed) conditions.Add(EffectiveSql(protocol, column, tenant, Add(parameters, NpgsqlDbType.Boolean, allowed)));
        }
    }

    // LIKE is not leakproof and scans under row-level security; comparing bytes uses the index, and search_mailboxes has its own.
    private static string SearchSql(NpgsqlParameterCollection parameters, string tenant, string needle, int mostFound)
    {
        var from = Add(parameters, NpgsqlDbType.Text, needle);
        var below = Add(parameters, NpgsqlDbType.Text, needle + char.ConvertFromUtf32(0x10FFFF));
        var most = Add(parameters, NpgsqlDbType.Integer, mostFound);
        var found = needle.Length >= ShortestSubstring
            ? $"SELECT f.mailbox_id FROM search_mailboxes({tenant}, {from}, {most}) AS f"
            : $"""
               (SELECT a.id FROM mailbox a WHERE a.tenant_id = {tenant} AND {Begins("a.address")} LIMIT {most})
               UNION ALL (SELECT n.id FROM mailbox n WHERE n.tenant_id = {tenant} AND {Begins("n.sort_name")} LIMIT {most})
               """;
        return $"""
            m.id IN ({found}
                     UNION ALL (SELECT s.mailbox_id FROM mailbox_alias s WHERE s.tenant_id = {tenant} AND {Begins("s.address")} LIMIT {most}))
            """;

        string Begins(string column) => $"{column} >= {from} COLLATE \"C\" AND {column} < {below} COLLATE \"C\"";
    }

    private static string PlanSql(NpgsqlParameterCollection parameters, string tenant, string plan)
    {
        if (plan.Length == 0) return "m.plan_id IS NULL";
        var wanted = Add(parameters, NpgsqlDbType.Text, plan);
        return $"m.plan_id IN (SELECT l.id FROM plan l WHERE l.tenant_id = {tenant} AND (l.name = {wanted} OR l.id::text = lower({wanted})))";
    }

    private string DomainSql(NpgsqlParameterCollection parameters, string tenant)
    {
        var wanted = Add(parameters, NpgsqlDbType.Text, MailAddressName.NormaliseDomain(Domain) ?? "");
        return $"m.domain_id IN (SELECT d.id FROM domain d WHERE d.tenant_id = {tenant} AND d.name = {wanted})";
    }

    // What effective_mail_access says, for a whole tenant at once: half a million mailboxes have but a few pairs of domain and plan, whose
    // decision is looked up in a small table; the few mailboxes with an exception in force are asked of the view itself. A property test
    // holds this equal to the view.
    private static string EffectiveSql(MailProtocol protocol, string column, string tenant, string allowed) => $"""
        CASE WHEN m.id IN (SELECT x.mailbox_id FROM access_exception x
                           WHERE x.tenant_id = {tenant} AND x.protocol = {(short)protocol} AND x.starts_at <= now() AND (x.ends_at IS NULL OR now() < x.ends_at))
             THEN EXISTS (SELECT FROM effective_mail_access e
                          WHERE e.tenant_id = m.tenant_id AND e.mailbox_id = m.id AND e.protocol = {(short)protocol} AND e.allowed)
             WHEN {column} <> 0 THEN {column} = 1
             ELSE (m.domain_id, coalesce(m.plan_id, {NoPlan})) IN (
                 SELECT d.id, l.id FROM tenant t JOIN domain d ON d.tenant_id = t.id
                 CROSS JOIN (SELECT p.id, p.{protocol.Word()} AS says FROM plan p WHERE p.tenant_id = {tenant} UNION ALL SELECT {NoPlan}, 0) AS l
                 WHERE t.id = {tenant} AND coalesce(nullif(l.says, 0), nullif(d.{protocol.Word()}, 0), t.{protocol.Word()}) = 1)
        END = {allowed}
        """;

    private const string NoPlan = "'00000000-0000-0000-0000-000000000000'::uuid";

    private static string Add(NpgsqlParameterCollection parameters, NpgsqlDbType type, object value)
    {
        parameters.Add(new NpgsqlParameter { Value = value, NpgsqlDbType = type });
        return $"${parameters.Count}";
    }
}

/// <summary>
/// The filter as it stands in an address or a request: <c>?search=anna&amp;pop3=off&amp;imapSetting=inherit&amp;plan=Basic&amp;domain=contoso.example</c>.
/// </summary>
public sealed record MailboxFilterWords
{
    /// <summary>A part of the address or the name.</summary>
    public string? Search { get; init; }

    /// <summary>Effectively <c>on</c> or <c>off</c>.</summary>
    public string? Pop3 { get; init; }

    /// <inheritdoc cref="Pop3"/>
    public string? Imap { get; init; }

    /// <inheritdoc cref="Pop3"/>
    public string? Smtp { get; init; }

    /// <summary>The mailbox's own setting: <c>inherit</c>, <c>enabled</c> or <c>disabled</c>.</summary>
    public string? Pop3Setting { get; init; }

    /// <inheritdoc cref="Pop3Setting"/>
    public string? ImapSetting { get; init; }

    /// <inheritdoc cref="Pop3Setting"/>
    public string? SmtpSetting { get; init; }

    /// <summary>A plan's name or id; <c>-</c> means mailboxes without a plan.</summary>
    public string? Plan { get; init; }

    /// <summary>A domain's name.</summary>
    public string? Domain { get; init; }

    /// <summary>The filter that these words mean. Words that mean nothing are reported by the name of their field.</summary>
    public MailboxFilter Read(IDictionary<string, string[]> errors) => new()
    {
        Search = Search,
        Pop3 = OnOff("pop3", Pop3, errors),
        Imap = OnOff("imap", Imap, errors),
        Smtp = OnOff("smtp", Smtp, errors),
        Pop3Setting = Setting("pop3Setting", Pop3Setting, errors),
        ImapSetting = Setting("imapSetting", ImapSetting, errors),
        SmtpSetting = Setting("smtpSetting", SmtpSetting, errors),
        Plan = Plan switch { null or "" => null, "-" => "", _ => Plan },
        Domain = string.IsNullOrEmpty(Domain) ? null : Domain,
    };

    /// <summary>The words that are present, by the name of their field: what a link or a hidden form field carries on.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToPairs() =>
        new (string Name, string? Word)[]
        {
            ("search", Search), ("pop3", Pop3), ("imap", Imap), ("smtp", Smtp), ("pop3Setting", Pop3Setting), ("imapSetting", ImapSetting),
            ("smtpSetting", SmtpSetting), ("plan", Plan), ("domain", Domain),
        }
        .Where(pair => !string.IsNullOrEmpty(pair.Word)).Select(pair => KeyValuePair.Create(pair.Name, pair.Word!));

    /// <summary>The reverse of <see cref="ToPairs"/>: takes each field's word from wherever it stands.</summary>
    public static MailboxFilterWords From(Func<string, string?> wordOf) => new()
    {
        Search = wordOf("search"),
        Pop3 = wordOf("pop3"),
        Imap = wordOf("imap"),
        Smtp = wordOf("smtp"),
        Pop3Setting = wordOf("pop3Setting"),
        ImapSetting = wordOf("imapSetting"),
        SmtpSetting = wordOf("smtpSetting"),
        Plan = wordOf("plan"),
        Domain = wordOf("domain"),
    };

    private static bool? OnOff(string field, string? word, IDictionary<string, string[]> errors) => word switch
    {
        null or "" => null,
        "on" => true,
        "off" => false,
        _ => Refuse<bool>(field, "Use on or off.", errors),
    };

    private static AccessSetting? Setting(string field, string? word, IDictionary<string, string[]> errors) => word switch
    {
        null or "" => null,
        "inherit" => AccessSetting.Inherit,
        "enabled" => AccessSetting.Enabled,
        "disabled" => AccessSetting.Disabled,
        _ => Refuse<AccessSetting>(field, "Use inherit, enabled or disabled.", errors),
    };

    private static T? Refuse<T>(string field, string sentence, IDictionary<string, string[]> errors) where T : struct
    {
        errors[field] = [sentence];
        return null;
    }
}
