using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>What workers take from the queues of all tenants, and what is cleared away. Each test has its own queue or leaves it as it was.</summary>
public sealed class WorkEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    private readonly TwoTenants tenants = tenants;

    [Fact, Entrance("claim_operation")]
    public async Task A_queued_operation_is_handed_to_one_worker_by_ids_kind_and_fence()
    {
        await LookAsync("UPDATE operation SET state = 1 WHERE tenant_id = $1", Theirs);
        var claimed = await OneAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'id', id, 'kind', kind, 'fence', fence + 1)::text FROM operation WHERE tenant_id = $1", Theirs);

        Assert.Equal([claimed], await AskAsync("claim_operation(interval '1 minute')"));
        Assert.Empty(await AskAsync("claim_operation(interval '1 minute')"));
        Assert.Equal("3", await OneAsync("SELECT state FROM operation WHERE tenant_id = $1", Ours));
        await LookAsync("UPDATE operation SET state = 3");
    }

    [Fact, Entrance("change_feed_start"), Entrance("change_feed_since")]
    public async Task A_reader_of_the_change_feed_is_told_where_to_look_and_not_what_changed()
    {
        var entries = await LookAsync("SELECT jsonb_build_object('id', id, 'tenant_id', tenant_id, 'mailbox_id', mailbox_id, 'settled', true)::text FROM change_feed ORDER BY id");
        var last = long.Parse(await OneAsync("SELECT max(id) FROM change_feed"), System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal(entries, await AskAsync("change_feed_since(0)"));
        Assert.Empty(await AskAsync("change_feed_since($1)", last));
        Assert.Equal([await OneAsync("SELECT max(id) FROM change_feed")], await AskAsync("change_feed_start()"));
    }

    [Theory, Entrance("trim_change_feed"), Entrance("trim_idempotency_records"), Entrance("trim_imports")]
    [InlineData("trim_change_feed", "change_feed", "at")]
    [InlineData("trim_idempotency_records", "idempotency_record", "created_at")]
    [InlineData("trim_imports", "import", "created_at")]
    public async Task What_is_old_is_forgotten_and_nothing_newer(string entrance, string table, string column)
    {
        var copied = Guid.CreateVersion7();
        await LookAsync(
            $"""
            INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(x, jsonb_build_object('{column}', now() - interval '2 days') || $2::jsonb)).*
            FROM {table} x WHERE x.tenant_id = $1
            """,
            Theirs, table == "change_feed" ? """{"id": 0}""" : $$"""{"id": "{{copied}}", "key": "{{copied}}"}""");
        var kept = await LookAsync($"SELECT to_jsonb(x)::text FROM {table} x WHERE {column} > now() - interval '1 day' ORDER BY 1");
        Assert.NotEmpty(kept);

        await CallAsync($"{entrance}(interval '1 day')");

        Assert.Equal(kept, await LookAsync($"SELECT to_jsonb(x)::text FROM {table} x ORDER BY 1"));
    }

    [Fact, Entrance("claim_queued_mail"), Entrance("settle_queued_mail")]
    public async Task Mail_that_is_due_is_handed_to_one_worker_and_settled_by_that_one_alone()
    {
        await CleanMailAsync();
        var (due, later) = (await NewMailAsync(Theirs, state: 1, "now()"), await NewMailAsync(Ours, state: 1, "now() + interval '1 hour'"));
        var claimed = await OneAsync("SELECT jsonb_build_object('id', id, 'recipient', recipient, 'content', content, 'attempts', 1, 'expires_at', expires_at)::text FROM queued_mail WHERE id = $1", due);

        Assert.Equal([claimed], await AskAsync("claim_queued_mail(interval '1 minute')"));
        Assert.Empty(await AskAsync("claim_queued_mail(interval '1 minute')"));
        await SettleAsync(due, attempt: 2);
        await SettleAsync(later, attempt: 0);
        Assert.Equal("2", await OneAsync("SELECT state FROM queued_mail WHERE id = $1", due));
        Assert.Equal("1", await OneAsync("SELECT state FROM queued_mail WHERE id = $1", later));
        await SettleAsync(due, attempt: 1);
        Assert.Equal("3 null", await OneAsync("SELECT state || ' ' || coalesce(encode(content, 'hex'), 'null') FROM queued_mail WHERE id = $1", due));

        Task SettleAsync(Guid mail, int attempt) => CallAsync("settle_queued_mail($1, $2, 3::smallint, NULL, NULL, interval '0')", mail, attempt);
    }

    [Fact, Entrance("claim_relayed_message"), Entrance("trim_relayed_messages")]
    public async Task A_message_for_elsewhere_is_handed_to_one_worker_by_ids_and_forgotten_once_it_is_done()
    {
        await LookAsync("UPDATE relayed_message SET state = CASE WHEN tenant_id = $1 THEN 1 ELSE 3 END, next_at = now() - interval '1 minute', finished_at = now() - interval '40 days'", Theirs);
        var claimed = await OneAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'id', id, 'attempts', attempts + 1)::text FROM relayed_message WHERE tenant_id = $1", Theirs);

        Assert.Equal([claimed], await AskAsync("claim_relayed_message(interval '1 minute')"));
        Assert.Empty(await AskAsync("claim_relayed_message(interval '1 minute')"));
        await CallAsync("trim_relayed_messages(interval '50 days')");
        Assert.Equal("2", await OneAsync("SELECT count(*) FROM relayed_message"));
        await CallAsync("trim_relayed_messages(interval '30 days')");
        Assert.Equal(Theirs.ToString(), await OneAsync("SELECT tenant_id FROM relayed_message"));
    }

    [Fact, Entrance("list_unsent_mail")]
    public async Task The_list_of_unsent_mail_holds_no_content()
    {
        await CleanMailAsync();
        await NewMailAsync(Theirs, state: 3, "now()");
        await NewMailAsync(Theirs, state: 4, "now()");
        var unsent = await OneAsync(
            """
            SELECT jsonb_build_object('slug', 'theirs', 'recipient', recipient, 'kind', kind, 'state', 4, 'attempts', attempts, 'created_at', created_at,
                                      'next_at', next_at, 'failure', failure, 'failure_code', failure_code)::text FROM queued_mail WHERE state = 4
            """);

        Assert.Equal([unsent], await AskAsync("list_unsent_mail(10)"));
        Assert.Empty(await AskAsync("list_unsent_mail(0)"));
    }

    [Fact, Entrance("trim_queued_mail")]
    public async Task Old_mail_is_forgotten_once_it_was_sent_or_given_up()
    {
        await CleanMailAsync();
        var waiting = await NewMailAsync(Theirs, state: 1, "now()", "now() - interval '40 days'");
        var fresh = await NewMailAsync(Ours, state: 3, "now()");
        foreach (var state in new[] { 3, 4 }) await NewMailAsync(Theirs, state, "now()", "now() - interval '40 days'");

        await CallAsync("trim_queued_mail(interval '30 days')");

        Assert.Equal(new[] { waiting, fresh }.Select(id => id.ToString()).Order(), (await LookAsync("SELECT id FROM queued_mail")).Order());
    }

    [Fact, Entrance("seal_audit_events"), Entrance("release_audit_events")]
    public async Task Sealing_answers_a_number_and_releasing_takes_what_each_tenant_lets_go_of()
    {
        await AddEventAsync(Ours);
        await AddEventAsync(Theirs);
        Assert.Equal(["2"], await AskAsync("seal_audit_events()"));
        Assert.Equal(["0"], await AskAsync("seal_audit_events()"));

        Assert.Equal(["0"], await AskAsync("release_audit_events()"));
        await AgeSealsAsync(Theirs);
        var kept = await LookAsync("SELECT to_jsonb(e)::text FROM audit_event e WHERE tenant_id = $1 ORDER BY id", Ours);

        Assert.Equal(["2"], await AskAsync("release_audit_events()"));
        Assert.Equal(kept, await LookAsync("SELECT to_jsonb(e)::text FROM audit_event e WHERE tenant_id = $1 ORDER BY id", Ours));
        Assert.Equal("audit.released", await OneAsync("SELECT action FROM audit_event WHERE tenant_id = $1", Theirs));

        // The setting that lets the trigger pass is the entrance's own: set by the serving role it lets nothing pass.
        var refused = await Assert.ThrowsAsync<PostgresException>(() => AskAsync(
            "(SELECT set_config('app.tenant', $1, false), set_config('app.releasing', $1, false)) s, LATERAL (SELECT 1 FROM audit_event FOR UPDATE)", Ours.ToString()));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    private Task<List<string>> AddEventAsync(Guid tenant) => LookAsync(
        "INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target) VALUES ($1, 'x', 3, 'tenant.created', 'tenant', 'x')", tenant);

    private async Task AgeSealsAsync(Guid tenant)
    {
        await using var superuser = NpgsqlDataSource.Create(tenants.Database.SuperuserConnectionString);
        await using var command = superuser.CreateCommand(
            "SET session_replication_role = replica; UPDATE audit_seal SET at = at - interval '10 years' WHERE tenant_id = '" + tenant + "'; RESET session_replication_role");
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private Task<List<string>> CleanMailAsync() => LookAsync("DELETE FROM queued_mail");

    private async Task<Guid> NewMailAsync(Guid tenant, int state, string nextAt, string createdAt = "now()")
    {
        var id = Guid.CreateVersion7();
        await LookAsync(
            $"""
            INSERT INTO queued_mail (id, tenant_id, recipient, kind, content, state, attempts, next_at, created_at, expires_at)
            VALUES ($1, $2, 'somebody@elsewhere.example', 'invitation', '\x0102', {state}, 0, {nextAt}, {createdAt}, now() + interval '1 day')
            """,
            id, tenant);
        return id;
    }
}
