using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>What may be written into, and read of, the audit trails of all tenants.</summary>
public sealed class TrailEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    private const string Refusal = "note_refusal($1, $2, 1::smallint, NULL, $3, $4, 'session', 'portal', 'wrong', '192.0.2.1', NULL, 200)";

    [Fact, Entrance("note_refusal"), Entrance("close_refusals")]
    public async Task A_refusal_is_noted_where_it_happened_and_nothing_but_refusals_can_be()
    {
        await CallAsync(Refusal, Theirs, null, "noted@x", "session.refused");
        await CallAsync(Refusal, Theirs, null, "noted@x", "session.refused");
        await CallAsync(Refusal, null, Guid.CreateVersion7(), "nobody@x", "session.refused");
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => CallAsync(Refusal, Ours, null, "forged@x", "plan.changed"));

        Assert.Equal([$"{Theirs} noted@x"], await NotedAsync());
        Assert.Equal(["0"], await AskAsync("close_refusals(interval '1 hour')"));
        Assert.Equal(["1"], await AskAsync("close_refusals(interval '0')"));
        Assert.Equal([$"{Theirs} noted@x", $"{Theirs} noted@x 2"], await NotedAsync());
    }

    [Fact, Entrance("audit_heads")]
    public async Task The_last_seal_of_each_trail_is_told_and_nothing_of_its_events()
    {
        var last = await LookAsync(
            """
            SELECT jsonb_build_object('slug', t.slug, 'number', s.number, 'at', s.at, 'hash', s.hash)::text
            FROM audit_seal s JOIN tenant t ON t.id = s.tenant_id
            WHERE s.number = (SELECT max(number) FROM audit_seal WHERE tenant_id = s.tenant_id) ORDER BY t.slug
            """);

        Assert.NotEmpty(last);
        Assert.Equal(last, await AskAsync("audit_heads()"));
    }

    private Task<List<string>> NotedAsync() => LookAsync(
        "SELECT concat_ws(' ', tenant_id, actor_name, after ->> 'times') FROM audit_event WHERE action = 'session.refused' AND target = 'portal' ORDER BY id");
}
