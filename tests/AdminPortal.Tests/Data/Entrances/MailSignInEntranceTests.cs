using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>What the mail server may ask about access tokens and protocol logs of all tenants.</summary>
public sealed class MailSignInEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    [Fact, Entrance("find_mail_token_issuer"), Entrance("takes_mail_tokens")]
    public async Task A_proven_domain_leads_to_the_issuer_of_its_tenant_and_a_claimed_one_to_nothing()
    {
        await LookAsync("UPDATE domain SET active_since = now() WHERE tenant_id = $1", Theirs);
        await LookAsync("UPDATE domain SET active_since = NULL WHERE tenant_id = $1", Ours);
        var found = await OneAsync("SELECT to_jsonb(i)::text FROM mail_token_issuer i WHERE tenant_id = $1", Theirs);

        Assert.Equal([found], await AskAsync("find_mail_token_issuer($1)", "theirs.example"));
        foreach (var other in new[] { "ours.example", "example", "%", "" }) Assert.Empty(await AskAsync("find_mail_token_issuer($1)", other));

        Assert.Equal(["true"], await AskAsync("takes_mail_tokens()"));
        await LookAsync("DELETE FROM mail_token_issuer");
        Assert.Equal(["false"], await AskAsync("takes_mail_tokens()"));
    }

    [Fact, Entrance("active_protocol_logs"), Entrance("trim_protocol_logs")]
    public async Task Logs_that_go_on_are_named_without_their_words_and_old_ones_alone_are_forgotten()
    {
        await LookAsync("UPDATE protocol_log SET ends_at = now() + interval '1 hour' WHERE tenant_id = $1", Theirs);
        await LookAsync("UPDATE protocol_log SET ends_at = now() - interval '2 days' WHERE tenant_id = $1", Ours);
        var active = await LookAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'mailbox_id', mailbox_id, 'ends_at', ends_at)::text FROM protocol_log WHERE tenant_id = $1", Theirs);

        Assert.Equal(active, await AskAsync("active_protocol_logs()"));

        await CallAsync("trim_protocol_logs(interval '3 days')");
        Assert.Equal("2", await OneAsync("SELECT count(*) FROM protocol_log"));
        await CallAsync("trim_protocol_logs(interval '1 day')");
        Assert.Equal(Theirs.ToString(), await OneAsync("SELECT tenant_id FROM protocol_log"));
        Assert.Equal(Theirs.ToString(), await OneAsync("SELECT DISTINCT tenant_id FROM protocol_log_line"));
    }
}
