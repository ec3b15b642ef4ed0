using System.Globalization;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>What the mail server may ask and do for mailboxes of all tenants.</summary>
public sealed class MailEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    private const string Someone = "someone@theirs.example";

    [Fact, Entrance("find_mail_login/2"), Entrance("find_mail_login/3")]
    public async Task An_address_of_a_proven_domain_leads_to_that_mailboxs_verifiers_and_to_what_each_is_good_for()
    {
        await ProveDomainAsync(Theirs);
        await LookAsync(
            """
            INSERT INTO mail_credential SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()) || more)).*
            FROM mail_credential c, (VALUES (jsonb_build_object('revoked_at', now())), (jsonb_build_object('expires_at', now() - interval '1 second'))) AS m (more)
            WHERE c.tenant_id = $1
            """,
            Theirs);
        var found = await OneAsync(
            """
            SELECT jsonb_build_object('tenant_id', m.tenant_id, 'mailbox_id', m.id, 'address', m.address, 'language', 'en', 'pod_kind', 1,
                'allowed', false, 'decided_by', 1, 'salt', s.salt, 'iterations', s.iterations, 'credential_ids', ARRAY[c.id], 'stored_keys', ARRAY[c.stored_key])::text
            FROM mailbox m JOIN mailbox_scram s ON s.tenant_id = m.tenant_id AND s.mailbox_id = m.id
            JOIN mail_credential c ON c.tenant_id = m.tenant_id AND c.mailbox_id = m.id AND c.revoked_at IS NULL AND c.expires_at IS NULL
            WHERE m.tenant_id = $1
            """,
            Theirs);
        var (kept, obstacles) = (
            await OneAsync("SELECT json_build_object('credential_ids', array_agg(id ORDER BY id), 'stored_keys', array_agg(stored_key ORDER BY id))::text FROM mail_credential WHERE tenant_id = $1 AND revoked_at IS NULL", Theirs),
            await OneAsync("SELECT json_build_object('obstacles', array_agg(CASE WHEN expires_at IS NULL THEN 0 ELSE 5 END ORDER BY id))::text FROM mail_credential WHERE tenant_id = $1 AND revoked_at IS NULL", Theirs));
        var whole = await OneAsync("SELECT ($1::jsonb || $2::jsonb || $3::jsonb)::text", found, kept, obstacles);
        // The exception that denies POP3 began before any clock: it decides.
        foreach (var name in new[] { Someone, "alias@theirs.example" })
        {
            Assert.Equal([found], await AskAsync("find_mail_login($1, 1::smallint)", name));
            Assert.Equal([whole], await AskAsync("find_mail_login($1, 1::smallint, '192.0.2.1')", name));
        }
        foreach (var other in new[] { "someone@ours.example", "nobody@theirs.example", "someone", "@theirs.example", "%@theirs.example", "someone@theirs.example@ours.example", "" })
        {
            Assert.Empty(await AskAsync("find_mail_login($1, 1::smallint)", other));
            Assert.Empty(await AskAsync("find_mail_login($1, 1::smallint, '192.0.2.1')", other));
        }
        Assert.Empty(await AskAsync("find_mail_login($1, 9::smallint, '192.0.2.1')", Someone));
    }

    [Fact, Entrance("find_service_login")]
    public async Task A_service_user_of_the_embedded_server_leads_to_its_tenant_and_hash_and_one_of_another_server_to_nothing()
    {
        var found = await OneAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'password_hash', password_hash)::text FROM service_credential WHERE tenant_id = $1", Theirs);

        Assert.Equal([found], await AskAsync("find_service_login($1)", "service@theirs"));
        foreach (var other in new[] { "service@%", "service", "", Someone }) Assert.Empty(await AskAsync("find_service_login($1)", other));

        await LookAsync("UPDATE pod SET kind = 4 WHERE tenant_id = $1", Ours);
        Assert.Empty(await AskAsync("find_service_login($1)", "service@ours"));
    }

    [Fact, Entrance("find_mail_recipient/1"), Entrance("find_mail_recipient/2")]
    public async Task A_recipient_leads_to_ids_and_a_claimed_domain_to_nothing()
    {
        await ProveDomainAsync(Theirs);
        var mailbox = await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Theirs);

        Assert.Equal([Row(mailbox, 1)], await AskAsync("find_mail_recipient($1)", Someone));
        Assert.Equal([Row(mailbox, 1)], await AskAsync("find_mail_recipient($1)", "alias@theirs.example"));
        Assert.Equal([Row(null, null)], await AskAsync("find_mail_recipient($1)", "nobody@theirs.example"));
        var held = int.Parse(await OneAsync("SELECT sum(octets) FROM mail_folder WHERE mailbox_id = $1", Guid.Parse(mailbox)), CultureInfo.InvariantCulture);
        Assert.Equal([await WithRoomAsync(Row(mailbox, 1), 1_000 - held)], await AskAsync("find_mail_recipient($1, 1000)", "alias@theirs.example"));
        Assert.Equal([await WithRoomAsync(Row(null, null), null)], await AskAsync("find_mail_recipient($1, 1000)", "nobody@theirs.example"));
        foreach (var other in new[] { "someone@ours.example", "someone@elsewhere.example", "someone", "" })
        {
            Assert.Empty(await AskAsync("find_mail_recipient($1)", other));
            Assert.Empty(await AskAsync("find_mail_recipient($1, 1000)", other));
        }

        Task<string> WithRoomAsync(string row, int? room) => OneAsync("SELECT ($1::jsonb || jsonb_build_object('room', $2::int))::text", row, room);
        string Row(string? id, int? kind) =>
            $$"""{"pod_kind": {{kind?.ToString(CultureInfo.InvariantCulture) ?? "null"}}, "tenant_id": "{{Theirs}}", "mailbox_id": {{(id is null ? "null" : $"\"{id}\"")}}}""";
    }

    [Fact, Entrance("find_full_mailboxes")]
    public async Task Of_the_mailboxes_named_those_without_room_are_told_by_id_and_no_number_of_octets()
    {
        var (ours, theirs) = (Guid.Parse(await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Ours)), Guid.Parse(await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Theirs)));
        await LookAsync("UPDATE mailbox SET quota = 10 WHERE id = $1", theirs);

        Assert.Equal([$"\"{theirs}\""], await AskAsync("find_full_mailboxes($1, $2, 11, 1000000)", new[] { Ours, Theirs }, new[] { ours, theirs }));
        // Under another tenant's name its quota does not count.
        Assert.Empty(await AskAsync("find_full_mailboxes($1, $2, 11, 1000000)", new[] { Ours }, new[] { theirs }));
        await LookAsync("UPDATE mailbox SET quota = NULL");
    }

    [Theory, Entrance("deliver_mail/5"), Entrance("deliver_mail/6")]
    [InlineData("deliver_mail($1, $2, $3, $4, 6)")]
    [InlineData("deliver_mail($1, $2, $3, $4, 6, NULL)")]
    public async Task A_delivery_writes_into_the_inboxes_it_names_by_tenant_and_mailbox_and_tells_nothing_of_what_lies_there(string call)
    {
        var (ours, theirs) = (Guid.Parse(await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Ours)), Guid.Parse(await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Theirs)));
        foreach (var (tenant, mailbox) in new[] { (Ours, theirs), (Theirs, ours), (Ours, Guid.CreateVersion7()) })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => DeliverAsync([Theirs, tenant], [theirs, mailbox]));
            Assert.Equal(PostgresErrorCodes.NoDataFound, refused.SqlState);
        }
        await LookAsync("UPDATE mail_folder SET uid_next = greatest(uid_next, 2)");
        var (before, beforeThere) = (await OneAsync("SELECT count(*) FROM mail_message WHERE tenant_id = $1", Ours), int.Parse(await OneAsync("SELECT count(*) FROM mail_message WHERE tenant_id = $1", Theirs), CultureInfo.InvariantCulture));

        var answer = Assert.Single(await DeliverAsync([Theirs], [theirs]));

        Assert.Equal(
            await OneAsync("SELECT jsonb_build_object('mailbox_id', mailbox_id, 'folder_id', id, 'uid', uid_next - 1, 'mod_seq', highest_mod_seq)::text FROM mail_folder WHERE mailbox_id = $1", theirs),
            answer);
        Assert.Equal(before, await OneAsync("SELECT count(*) FROM mail_message WHERE tenant_id = $1", Ours));
        Assert.Equal($"{beforeThere + 1}", await OneAsync("SELECT count(*) FROM mail_message WHERE tenant_id = $1", Theirs));

        Task<List<string>> DeliverAsync(Guid[] to, Guid[] mailboxes) => AskAsync(call, to, mailboxes, "A: b\r\n"u8.ToArray(), "\r\n"u8.ToArray());
    }

    [Fact, Entrance("mail_folder_positions")]
    public async Task A_folders_position_is_told_to_whoever_names_it_with_its_own_tenant()
    {
        var folder = Guid.Parse(await OneAsync("SELECT id FROM mail_folder WHERE tenant_id = $1", Theirs));
        var position = await OneAsync("SELECT jsonb_build_object('folder_id', id, 'mod_seq', highest_mod_seq)::text FROM mail_folder WHERE id = $1", folder);

        Assert.Equal([position], await AskAsync("mail_folder_positions($1, $2)", new[] { Theirs, Ours }, new[] { folder, folder }));
        Assert.Empty(await AskAsync("mail_folder_positions($1, $2)", new[] { Ours }, new[] { folder }));
    }

    [Theory, Entrance("find_overdue_mail_sessions/4"), Entrance("find_overdue_mail_sessions/5")]
    [InlineData("find_overdue_mail_sessions($1, $2, $3, $4)")]
    [InlineData("find_overdue_mail_sessions($1, $2, $3, $4, ARRAY[NULL, NULL, NULL, NULL]::inet[])")]
    public async Task Of_the_sessions_named_those_that_must_end_are_told_by_their_place_in_the_question(string call)
    {
        var theirs = Guid.Parse(await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Theirs));
        var credential = Guid.Parse(await OneAsync("SELECT id FROM mail_credential WHERE tenant_id = $1 AND revoked_at IS NULL AND expires_at IS NULL", Theirs));
        var overdue = await AskAsync(
            call,
            new[] { Theirs, Theirs, Ours, Theirs }, new[] { theirs, theirs, theirs, theirs }, new short[] { 2, 1, 2, 2 },
            new Guid?[] { credential, credential, null, Guid.CreateVersion7() });

        Assert.Equal(["""{"why": 1, "position": 2}""", """{"why": 2, "position": 3}""", """{"why": 3, "position": 4}"""], overdue);
    }

    [Fact, Entrance("remove_mail_garbage")]
    public async Task Garbage_goes_when_its_time_is_over_and_what_a_message_holds_stays()
    {
        await LookAsync("INSERT INTO mail_content (tenant_id, id, body) VALUES ($1, gen_random_uuid(), '\\x01')", Theirs);
        await LookAsync(
            """
            INSERT INTO mail_garbage (tenant_id, content_id) SELECT c.tenant_id, c.id FROM mail_content c
            WHERE NOT EXISTS (SELECT FROM mail_message m WHERE m.tenant_id = c.tenant_id AND m.content_id = c.id)
            """);

        Assert.Equal(["0"], await AskAsync("remove_mail_garbage(interval '1 hour', 100)"));
        // Each tenant's row of the fixture calls a content garbage that a message holds.
        Assert.Equal(["3"], await AskAsync("remove_mail_garbage(interval '0', 100)"));
        Assert.Equal("0", await OneAsync("SELECT count(*) FROM mail_message m LEFT JOIN mail_content c ON c.tenant_id = m.tenant_id AND c.id = m.content_id WHERE c.id IS NULL"));
        Assert.Equal("0", await OneAsync("SELECT count(*) FROM mail_content c WHERE NOT EXISTS (SELECT FROM mail_message m WHERE m.tenant_id = c.tenant_id AND m.content_id = c.id)"));
    }

    private Task<List<string>> ProveDomainAsync(Guid tenant) => LookAsync("UPDATE domain SET active_since = now() WHERE tenant_id = $1", tenant);
}
