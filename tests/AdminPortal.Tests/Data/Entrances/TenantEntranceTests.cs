using AdminPortal.Data;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>Where a name leads: tenants, their domains, what may be offered to somebody who is nobody yet.</summary>
public sealed class TenantEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    private readonly TwoTenants tenants = tenants;

    [Fact, Entrance("find_tenant")]
    public async Task A_short_name_or_id_leads_to_its_tenants_three_names_and_to_no_other()
    {
        var theirs = await NamesOfAsync(Theirs);

        Assert.Equal([theirs], await AskAsync("find_tenant($1)", "theirs"));
        Assert.Equal([theirs], await AskAsync("find_tenant($1)", "THEIRS"));
        Assert.Equal([theirs], await AskAsync("find_tenant($1)", Theirs.ToString()));
        foreach (var other in new[] { "their", "%", "theirs' OR '1'='1", "", Guid.Empty.ToString() }) Assert.Empty(await AskAsync("find_tenant($1)", other));
        Assert.Empty(await AskAsync("find_tenant($1)", [null]));
    }

    [Fact, Entrance("list_tenants")]
    public async Task The_list_of_tenants_names_each_once_and_says_nothing_else_of_it() =>
        Assert.Equal([await NamesOfAsync(Ours), await NamesOfAsync(Theirs)], await AskAsync("list_tenants()"));

    [Fact, Entrance("find_tenant_of_domain")]
    public async Task A_domain_leads_to_its_tenant_only_once_it_is_proven()
    {
        await NewDomainAsync(Theirs, "proven.example", active: true);
        await NewDomainAsync(Ours, "proven.example", active: false);
        await NewDomainAsync(Ours, "claimed.example", active: false);

        Assert.Equal([await NamesOfAsync(Theirs)], await AskAsync("find_tenant_of_domain($1)", "proven.example"));
        foreach (var other in new[] { "claimed.example", "proven", "sub.proven.example", "%.example", "" })
            Assert.Empty(await AskAsync("find_tenant_of_domain($1)", other));
    }

    [Fact, Entrance("sign_in_providers_of")]
    public async Task A_stranger_is_offered_the_enabled_providers_of_the_organisation_they_name_by_name_alone()
    {
        await NewDomainAsync(Theirs, "people.example", active: true);
        await NewDomainAsync(Ours, "people.example", active: false);
        await using (var db = tenants.Serving(Theirs))
        {
            db.Add(new SignInProvider { TenantId = Theirs, Id = Guid.CreateVersion7(), Name = "Off", Issuer = "https://off.example", ClientId = "portal", Enabled = false });
            await db.SaveChangesAsync(Cancel);
        }
        var offered = await OneAsync(
            "SELECT jsonb_build_object('slug', 'theirs', 'provider_id', id, 'name', name)::text FROM sign_in_provider WHERE tenant_id = $1 AND enabled", Theirs);

        Assert.Equal([offered], await AskAsync("sign_in_providers_of($1)", "theirs"));
        Assert.Equal([offered], await AskAsync("sign_in_providers_of($1)", "people.example"));
        foreach (var other in new[] { "ours.example", "nobody", "%", "" }) Assert.Empty(await AskAsync("sign_in_providers_of($1)", other));
    }

    [Fact, Entrance("claim_due_domains")]
    public async Task Claims_are_handed_out_by_ids_when_they_are_due_and_not_twice()
    {
        var (now, due) = (DateTimeOffset.UnixEpoch.AddYears(60), await NewDomainAsync(Theirs, "due.example", active: false));
        var later = await NewDomainAsync(Ours, "later.example", active: false);
        var proven = await NewDomainAsync(Ours, "done.example", active: true);
        await LookAsync("UPDATE domain SET next_check_at = CASE WHEN id = $2 THEN $1 + interval '1 minute' ELSE $1 END WHERE id IN ($2, $3, $4)", now, later, due, proven);
        var expected = await OneAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'id', id, 'claimed_at', claimed_at)::text FROM domain WHERE id = $1", due);

        Assert.Equal([expected], await AskAsync("claim_due_domains($1, 10)", now));
        Assert.Empty(await AskAsync("claim_due_domains($1, 10)", now));
        Assert.Equal("0", await OneAsync("SELECT checks FROM domain WHERE id = $1", later));
    }

    [Fact, Entrance("search_mailboxes")]
    public async Task A_search_finds_in_the_tenant_that_was_entered_and_in_no_other()
    {
        foreach (var (tenant, address) in new[] { (Ours, "someone@ours.example"), (Theirs, "someone@theirs.example") })
        {
            var mailbox = await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", tenant);
            Assert.Equal([mailbox], await SearchAsync(tenant, tenant, "some"));
            Assert.Equal([mailbox], await SearchAsync(tenant, tenant, address));
            Assert.Empty(await SearchAsync(tenant, tenant, "%"));
        }
        Assert.Empty(await SearchAsync(Ours, Ours, "theirs"));

        foreach (var (entered, searched) in new (Guid?, Guid?)[] { (Ours, Theirs), (null, Theirs), (Ours, null) })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => SearchAsync(entered, searched, "some"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
        Assert.Empty(await SearchAsync(null, null, "some"));
    }

    [Fact, Entrance("count_mailboxes")]
    public async Task Counting_is_the_tables_own_errand_and_counts_each_tenants_mailboxes_for_itself()
    {
        foreach (var tenant in new[] { Ours, Theirs })
            Assert.Equal("1", await OneAsync("SELECT mailboxes FROM tenant_counter WHERE tenant_id = $1", tenant));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => CallAsync("count_mailboxes()"));

        Assert.Equal(PostgresErrorCodes.FeatureNotSupported, refused.SqlState);
    }

    private async Task<List<string>> SearchAsync(Guid? entered, Guid? searched, string needle)
    {
        await using var source = NpgsqlDataSource.Create(tenants.Database.ServingConnectionString);
        await using var connection = entered is { } id ? await TenantConnection.OpenAsync(source, id, Cancel) : await source.OpenConnectionAsync(Cancel);
        await using var command = new NpgsqlCommand("SELECT mailbox_id::text FROM search_mailboxes($1, $2, 10)", connection);
        command.Parameters.Add(new() { Value = (object?)searched ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = needle });
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var found = new List<string>();
        while (await reader.ReadAsync(Cancel)) found.Add(reader.GetString(0));
        return found;
    }

    private Task<string> NamesOfAsync(Guid tenant) =>
        OneAsync("SELECT jsonb_build_object('id', id, 'slug', slug, 'name', name)::text FROM tenant WHERE id = $1", tenant);

    private async Task<Guid> NewDomainAsync(Guid tenant, string name, bool active)
    {
        await using var db = tenants.Serving(tenant);
        var domain = new Domain { TenantId = tenant, Id = Guid.CreateVersion7(), Name = name, ActiveSince = active ? DateTimeOffset.UnixEpoch : null };
        db.Add(domain);
        await db.SaveChangesAsync(Cancel);
        return domain.Id;
    }
}
