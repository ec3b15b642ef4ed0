using System.Net;
using AdminPortal.Data;
using AdminPortal.Features.AuditLog.Chain;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

/// <summary>The chain holds while everybody writes at once, and every tampering is named.</summary>
public sealed class AuditChainTests(ChainStage stage) : IClassFixture<ChainStage>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_untouched_trail_is_intact_sealed_events_and_tail_alike()
    {
        var (tenant, _) = await stage.SealedTrailAsync(5);
        await stage.WriteAsync(tenant, 2);

        var found = await stage.VerifyAsync(tenant);

        Assert.Empty(found.Findings);
        Assert.True(found is { Intact: true, Unsealed: 2, Seals: 2, Head.Seal: 2 } && found.Events >= 7, found.ToString());
    }

    [Fact]
    public async Task A_transaction_that_commits_late_is_neither_skipped_nor_an_alarm_and_holds_nobody_up()
    {
        var tenant = await stage.Portal.NewTenantAsync();
        await using var source = NpgsqlDataSource.Create(stage.Portal.Database.ServingConnectionString);
        await using var connection = await TenantConnection.OpenAsync(source, tenant.Id, Cancel);
        await using var open = await connection.BeginTransactionAsync(Cancel);
        await using var late = new NpgsqlCommand(
            $"INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target) VALUES ('{tenant.Id}', 'late', 1, 'plan.changed', 'plan', 'Late') RETURNING id",
            connection, open);
        var lateId = (long)(await late.ExecuteScalarAsync(Cancel))!;

        var soon = await stage.WriteAsync(tenant, 3);
        await stage.SealAsync();
        Assert.True((await stage.VerifyAsync(tenant)) is { Intact: true, Unsealed: 0, Seals: 1 });
        await open.CommitAsync(Cancel);
        Assert.True((await stage.VerifyAsync(tenant)) is { Intact: true, Unsealed: 1 });
        await stage.SealAsync();

        Assert.True(lateId < soon[0]);
        Assert.True((await stage.VerifyAsync(tenant)) is { Intact: true, Unsealed: 0, Seals: 2 });
        var seals = await stage.Portal.LookAsync(tenant, db => db.AuditSeals.OrderBy(s => s.Number).Select(s => s.FirstEvent).ToListAsync(Cancel));
        Assert.Equal(lateId, seals[1]);
    }

    [Fact]
    public async Task Many_who_write_while_others_seal_leave_every_event_sealed_once()
    {
        var tenant = await stage.Portal.NewTenantAsync();
        using var written = new CancellationTokenSource();
        var sealing = Enumerable.Range(0, 2).Select(_ => Task.Run(async () => { while (!written.IsCancellationRequested) await stage.SealAsync(); }, Cancel)).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => stage.WriteAsync(tenant, 25)));
        await written.CancelAsync();
        await Task.WhenAll(sealing);
        await stage.SealAsync();

        var found = await stage.VerifyAsync(tenant);
        var sealedEvents = await stage.Portal.LookAsync(tenant, db => db.AuditSeals.SumAsync(s => s.Events, Cancel));
        Assert.True(found is { Intact: true, Unsealed: 0 }, string.Join('\n', found.Findings));
        Assert.Equal(found.Events, sealedEvents);
        Assert.True(found.Events >= 200);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task An_altered_event_is_named(int place)
    {
        var (tenant, events) = await stage.SealedTrailAsync(9);
        await stage.TamperAsync($"UPDATE audit_event SET actor_name = 'somebody else' WHERE tenant_id = '{tenant.Id}' AND id = {events[place]}");
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, events[place]));
    }

    [Fact]
    public async Task An_event_altered_together_with_its_digest_is_named()
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        await stage.TamperAsync($"DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}' AND id = {events[1]}");
        await stage.ForgeAsync(tenant, events[1], "now()", "pg_current_xact_id()");
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, events[1]));
    }

    [Theory]
    [InlineData("at = at - interval '1 second'")]
    [InlineData("reason = 'because'")]
    [InlineData("before = '{\"pop3\": \"disabled\"}'")]
    [InlineData("after = NULL")]
    [InlineData("operation_id = gen_random_uuid()")]
    [InlineData("remote_address = '192.0.2.1'")]
    [InlineData("user_agent = 'x'")]
    [InlineData("target = target || ' '")]
    [InlineData("target_id = NULL")]
    [InlineData("action = 'plan.created'")]
    [InlineData("actor_kind = 2")]
    [InlineData("actor_id = gen_random_uuid()")]
    [InlineData("xact = '5'")]
    [InlineData("digest = sha256('')")]
    public async Task Whatever_is_altered_shows(string change)
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        await stage.TamperAsync($"UPDATE audit_event SET {change} WHERE tenant_id = '{tenant.Id}' AND id = {events[1]}");
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, events[1]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_deleted_event_is_named(int place)
    {
        var (tenant, events) = await stage.SealedTrailAsync(9);
        await stage.TamperAsync($"DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}' AND id = {events[place]}");
        await AssertFoundAsync(tenant, (AuditFault.EventMissing, events[place]));
    }

    [Fact]
    public async Task Two_events_that_changed_places_are_both_named()
    {
        var (tenant, events) = await stage.SealedTrailAsync(4);
        await stage.TamperAsync(
            $"""
            UPDATE audit_event e SET at = o.at, xact = o.xact, target = o.target, digest = o.digest
            FROM audit_event o WHERE (e.id, o.id) IN (({events[1]}, {events[2]}), ({events[2]}, {events[1]})) AND o.tenant_id = e.tenant_id
            """);
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, events[1]), (AuditFault.EventAltered, events[2]));
    }

    [Fact]
    public async Task An_event_slipped_in_among_sealed_ones_is_named()
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        var id = events[0] - 1_000_000;
        await stage.ForgeAsync(tenant, id, "now() - interval '1 hour'", $"(SELECT xact FROM audit_event WHERE id = {events[1]})");
        await AssertFoundAsync(tenant, (AuditFault.EventInserted, id));
        await stage.SealAsync();
        await AssertFoundAsync(tenant, (AuditFault.EventInserted, id));
    }

    [Theory]
    [InlineData("now() - interval '2 days'")]
    [InlineData("now() + interval '1 hour'")]
    public async Task An_event_that_claims_another_time_than_its_transactions_is_named_in_the_tail_and_when_sealed(string at)
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        var id = events[0] - 1_000_000;
        await stage.ForgeAsync(tenant, id, at, "pg_current_xact_id()");
        await AssertFoundAsync(tenant, (AuditFault.EventBackDated, id));
        await stage.SealAsync();
        await AssertFoundAsync(tenant, (AuditFault.EventBackDated, id));
    }

    [Fact]
    public async Task An_altered_event_of_the_tail_is_named_before_it_is_sealed_and_after()
    {
        var (tenant, _) = await stage.SealedTrailAsync(1);
        var tail = await stage.WriteAsync(tenant, 2);
        await stage.TamperAsync($"UPDATE audit_event SET target = 'Another' WHERE tenant_id = '{tenant.Id}' AND id = {tail[0]}");
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, tail[0]));
        await stage.SealAsync();
        await AssertFoundAsync(tenant, (AuditFault.EventAltered, tail[0]));
    }

    [Theory]
    [InlineData("UPDATE audit_seal SET events = events + 1")]
    [InlineData("UPDATE audit_seal SET hash = sha256('')")]
    [InlineData("UPDATE audit_seal SET at = at - interval '1 hour'")]
    [InlineData("UPDATE audit_seal SET leaves = substring(leaves FROM 41)", true)]
    public async Task An_altered_seal_is_named(string tampering, bool letsGo = false)
    {
        var (tenant, _) = await stage.SealedTrailAsync(2);
        await stage.TamperAsync($"{tampering} WHERE tenant_id = '{tenant.Id}' AND number = 2");
        var found = await stage.VerifyAsync(tenant);
        Assert.Contains(found.Findings, f => f is { Fault: AuditFault.SealAltered, Seal: 2 });
        Assert.All(found.Findings, f => Assert.True(f.Fault == AuditFault.SealAltered || letsGo && f.Fault == AuditFault.EventInserted, f.ToString()));
    }

    [Fact]
    public async Task A_seal_replaced_by_one_that_is_sound_by_itself_breaks_the_link_to_the_next()
    {
        var (tenant, _) = await stage.SealedTrailAsync(2);
        await stage.TamperAsync(
            $"""
            UPDATE audit_seal s SET previous = sha256('another'), hash = sha256(record_send(ROW(
                s.tenant_id, s.number, s.at, s.since, s.since_snapshot, s.snapshot, s.events, s.first_event, s.last_event, s.root, sha256('another'))))
            WHERE s.tenant_id = '{tenant.Id}' AND number = 1
            """);
        Assert.Equal([1, 2], (await stage.VerifyAsync(tenant)).Findings.Select(f => f.Fault == AuditFault.SealAltered ? f.Seal : null));
    }

    [Fact]
    public async Task A_seal_that_is_gone_is_named_and_so_are_its_events()
    {
        var (tenant, events) = await stage.SealedTrailAsync(2);
        await stage.WriteAsync(tenant, 1);
        await stage.SealAsync();
        await stage.TamperAsync($"DELETE FROM audit_seal WHERE tenant_id = '{tenant.Id}' AND number = 2");
        var found = await stage.VerifyAsync(tenant);
        Assert.Contains(found.Findings, f => f is { Fault: AuditFault.SealMissing, Seal: 2 });
        Assert.Equal(events, found.Findings.Where(f => f.Fault == AuditFault.EventInserted).Select(f => f.Event!.Value));
    }

    [Fact]
    public async Task An_end_cut_off_without_a_trace_is_found_by_the_head_that_was_kept_elsewhere()
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        var head = (await stage.VerifyAsync(tenant)).Head!;
        Assert.True((await stage.VerifyAsync(tenant, head)).Intact);

        await stage.TamperAsync($"DELETE FROM audit_seal WHERE tenant_id = '{tenant.Id}' AND number = 2; DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}' AND id >= {events[0]}");
        Assert.True((await stage.VerifyAsync(tenant)).Intact, "Whoever may rewrite all of it leaves no trace inside.");
        Assert.Equal(AuditFault.AnchorNotFound, Assert.Single((await stage.VerifyAsync(tenant, head)).Findings).Fault);
    }

    [Fact]
    public async Task The_serving_role_writes_neither_time_nor_digest_nor_id_nor_transaction()
    {
        var tenant = await stage.Portal.NewTenantAsync();
        await using var source = NpgsqlDataSource.Create(stage.Portal.Database.ServingConnectionString);
        foreach (var (column, value) in new[] { ("at", "now()"), ("digest", "''"), ("xact", "pg_current_xact_id()"), ("id", "1") })
        {
            await using var connection = await TenantConnection.OpenAsync(source, tenant.Id, Cancel);
            await using var command = new NpgsqlCommand(
                $"INSERT INTO audit_event (tenant_id, actor_name, actor_kind, action, target_kind, target, {column}) OVERRIDING SYSTEM VALUE VALUES ('{tenant.Id}', 'a', 1, 'b', 'c', 'd', {value})", connection);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task After_a_restore_that_counts_transactions_anew_the_chain_goes_on()
    {
        var (tenant, _) = await stage.SealedTrailAsync(2);
        await stage.WriteAsync(tenant, 2);
        await stage.TamperAsync($"UPDATE audit_position SET snapshot = '999999999:999999999:'");
        await stage.SealAsync();
        await stage.WriteAsync(tenant, 2);
        await stage.SealAsync();

        var found = await stage.VerifyAsync(tenant);
        Assert.True(found is { Intact: true, Unsealed: 0, Seals: 4 }, string.Join('\n', found.Findings));
    }

    [Fact]
    public async Task Where_the_trail_cannot_be_written_nothing_is_changed_and_reading_goes_on()
    {
        var tenant = await stage.Portal.NewTenantAsync();
        var mailbox = await stage.Portal.NewMailboxAsync(tenant);
        var admin = await stage.Portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var access = $"{tenant.Api}/mailboxes/{mailbox.Address}/access";
        var grants = await stage.AskAsync<string>($"SELECT string_agg(format('GRANT INSERT (%I) ON audit_event TO portal_serving', column_name), ';') FROM information_schema.column_privileges WHERE grantee = 'portal_serving' AND table_name = 'audit_event' AND privilege_type = 'INSERT'");
        await stage.TamperAsync($"REVOKE INSERT ON audit_event FROM portal_serving");
        try
        {
            using var refused = await admin.MergePatchAsync(access, """{"pop3": "disabled"}""");
            Assert.Equal("not-recorded", await Task.FromResult(refused).ProblemAsync(HttpStatusCode.ServiceUnavailable));
            var now = await admin.GetAsync(access, Cancel).JsonAsync();
            Assert.Equal("inherit", now.GetProperty("pop3").GetProperty("setting").GetString());
            Assert.Equal(AccessSetting.Inherit, await stage.Portal.LookAsync(tenant, db => db.Mailboxes.Where(m => m.Id == mailbox.Id).Select(m => m.Access.Pop3).SingleAsync(Cancel)));
        }
        finally
        {
            await stage.TamperAsync($"{grants}");
        }
        await admin.MergePatchAsync(access, """{"pop3": "disabled"}""").JsonAsync();
    }

    [Fact]
    public async Task What_is_kept_no_longer_goes_by_whole_seals_and_the_chain_still_proves_itself()
    {
        var (tenant, events) = await stage.SealedTrailAsync(3);
        await stage.Portal.LookAsync(tenant, db =>
        {
            db.Add(new AuditRetention { TenantId = tenant.Id, KeepDays = AuditRetention.FewestDays });
            return db.SaveChangesAsync(Cancel);
        });
        var crossTenant = stage.Portal.Services.GetRequiredService<CrossTenant>();
        Assert.Equal(0, await crossTenant.ReleaseAuditEventsAsync(Cancel));

        await LetTimePassAsync(tenant);
        Assert.True(await crossTenant.ReleaseAuditEventsAsync(Cancel) >= events.Count);
        await stage.SealAsync();

        var found = await stage.VerifyAsync(tenant);
        Assert.True(found is { Intact: true, ReleasedSeals: 2, Seals: 3 }, string.Join('\n', found.Findings));
        var told = Assert.Single(await stage.Portal.AuditAsync(tenant));
        Assert.Equal((AuditActions.AuditReleased, 2), (told.Action, told.After!.RootElement.GetProperty("seals").GetInt32()));

        await stage.TamperAsync($"DELETE FROM audit_event WHERE tenant_id = '{tenant.Id}'; UPDATE audit_seal SET leaves = NULL WHERE tenant_id = '{tenant.Id}'");
        Assert.Contains((await stage.VerifyAsync(tenant)).Findings, f => f.Fault == AuditFault.ReleaseNotOnRecord);
    }

    // As if the two seals had been made a hundred days ago.
    private async Task LetTimePassAsync(TestTenant tenant)
    {
        for (var number = 1; number <= 2; number++)
            await stage.TamperAsync(
                $"""
                UPDATE audit_seal SET at = at - interval '100 days', previous = coalesce((SELECT p.hash FROM audit_seal p WHERE p.tenant_id = audit_seal.tenant_id AND p.number = audit_seal.number - 1), '')
                WHERE tenant_id = '{tenant.Id}' AND number = {number};
                UPDATE audit_seal s SET hash = sha256(record_send(ROW(
                    s.tenant_id, s.number, s.at, s.since, s.since_snapshot, s.snapshot, s.events, s.first_event, s.last_event, s.root, s.previous)))
                WHERE s.tenant_id = '{tenant.Id}' AND s.number = {number}
                """);
    }

    private async Task AssertFoundAsync(TestTenant tenant, params (AuditFault Fault, long Event)[] expected)
    {
        var found = await stage.VerifyAsync(tenant);
        Assert.False(found.Intact);
        Assert.Equal(expected, found.Findings.Select(f => (f.Fault, f.Event!.Value)));
        Assert.All(found.Findings, f => Assert.Contains($"{f.Event}", f.Detail));
    }
}
