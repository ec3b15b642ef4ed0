using System.Security.Cryptography;
using Xunit;

namespace AdminPortal.Tests.Data.Entrances;

/// <summary>Who somebody is: what a person's id, a token's hash or a link's hash leads to.</summary>
public sealed class PeopleEntranceTests(TwoTenants tenants) : EntranceStage(tenants), IClassFixture<TwoTenants>
{
    [Fact, Entrance("memberships_of")]
    public async Task A_persons_places_are_those_where_they_are_a_member_or_own_a_mailbox()
    {
        var (admin, owner) = (await UserOfAsync("theirs"), await NewUserAsync());
        // Another test may have been here before and made them a member of ours.
        await LookAsync("DELETE FROM member WHERE tenant_id = $1 AND user_id = $2", Ours, admin);
        await LookAsync("UPDATE mailbox SET user_id = $1 WHERE tenant_id = $2", owner, Ours);
        var mailbox = await OneAsync("SELECT id FROM mailbox WHERE tenant_id = $1", Ours);

        Assert.Equal([await PlaceAsync(Theirs, 1, null)], await AskAsync("memberships_of($1)", admin));
        Assert.Equal([await PlaceAsync(Ours, 4, mailbox)], await AskAsync("memberships_of($1)", owner));
        Assert.Empty(await AskAsync("memberships_of($1)", Guid.CreateVersion7()));

        Task<string> PlaceAsync(Guid tenant, int role, string? own) => OneAsync(
            """
            SELECT jsonb_build_object('tenant_id', id, 'slug', slug, 'name', name, 'role', $2::int, 'mailbox_id', $3::text,
                                      'require_second_factor', require_second_factor, 'password_sign_in', password_sign_in)::text
            FROM tenant WHERE id = $1
            """,
            tenant, role, own);
    }

    [Fact, Entrance("find_bearer"), Entrance("find_api_token")]
    public async Task A_tokens_hash_leads_to_its_owners_place_in_its_own_tenant_and_nowhere_else()
    {
        // The owner of their token administers our tenant too: that is no business of theirs.
        var person = await UserOfAsync("theirs");
        await LookAsync("INSERT INTO member (tenant_id, user_id, role, version) VALUES ($1, $2, 1, 1)", Ours, person);
        var found = await OneAsync(
            """
            SELECT jsonb_build_object('id', k.id, 'tenant_id', k.tenant_id, 'name', k.name, 'scopes', k.scopes, 'expires_at', k.expires_at,
                'revoked_at', k.revoked_at, 'user_id', u.id, 'user_name', u.user_name, 'display_name', u.display_name, 'language', u.language,
                'is_platform_admin', false, 'security_stamp', u.security_stamp, 'slug', 'theirs', 'tenant_name', 'theirs', 'role', 1,
                'mailbox_id', null, 'networks', k.networks)::text
            FROM api_token k JOIN portal_user u ON u.id = k.user_id WHERE k.tenant_id = $1
            """,
            Theirs);
        var old = await OneAsync(
            """
            SELECT jsonb_build_object('id', k.id, 'tenant_id', k.tenant_id, 'name', k.name, 'user_id', k.user_id, 'scopes', k.scopes,
                'expires_at', k.expires_at, 'revoked_at', k.revoked_at, 'is_platform_admin', false)::text FROM api_token k WHERE k.tenant_id = $1
            """,
            Theirs);

        Assert.Equal([found], await AskAsync("find_bearer($1)", Theirs.ToByteArray()));
        Assert.Equal([old], await AskAsync("find_api_token($1)", Theirs.ToByteArray()));
        foreach (var none in new byte[][] { [], [0], Theirs.ToByteArray()[..15], [.. Theirs.ToByteArray(), 0] })
        {
            Assert.Empty(await AskAsync("find_bearer($1)", none));
            Assert.Empty(await AskAsync("find_api_token($1)", none));
        }
        // A missing hash is no hash: it must not find the tokens that have no previous one.
        Assert.Empty(await LookAsync("SELECT id FROM find_bearer(NULL)"));
    }

    [Fact, Entrance("touch_api_token")]
    public async Task Use_is_noted_on_the_token_that_was_used()
    {
        var theirs = Guid.Parse(await OneAsync("SELECT id FROM api_token WHERE tenant_id = $1", Theirs));

        await CallAsync("touch_api_token($1, $2)", theirs, "192.0.2.7");

        Assert.Equal("192.0.2.7", await OneAsync("SELECT last_used_from FROM api_token WHERE last_used_at IS NOT NULL"));
        await CallAsync("touch_api_token($1, $2)", theirs, "192.0.2.8");
        Assert.Equal("192.0.2.7", await OneAsync("SELECT last_used_from FROM api_token WHERE last_used_at IS NOT NULL"));
    }

    [Fact, Entrance("create_platform_token")]
    public async Task A_token_of_no_tenant_is_made_for_whoever_administers_the_platform_and_for_nobody_else()
    {
        var (platform, member) = (await NewUserAsync(), await UserOfAsync("ours"));
        await LookAsync("UPDATE portal_user SET is_platform_admin = true WHERE id = $1", platform);

        Assert.Equal(["true"], await CreateAsync(platform));
        Assert.DoesNotContain("true", await CreateAsync(member));
        Assert.DoesNotContain("true", await CreateAsync(Guid.CreateVersion7()));
        Assert.Equal(platform.ToString(), await OneAsync("SELECT user_id FROM api_token WHERE tenant_id IS NULL"));

        Task<List<string>> CreateAsync(Guid owner) => AskAsync(
            "create_platform_token($1, 'Night job', 'apt_', $2, $3, $4, NULL)", Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(32), owner, new[] { "access:read" });
    }

    [Fact, Entrance("find_invitation")]
    public async Task The_hash_of_a_link_leads_to_its_invitation_by_ids_alone()
    {
        var theirs = await OneAsync("SELECT jsonb_build_object('tenant_id', tenant_id, 'id', id)::text FROM invitation WHERE tenant_id = $1", Theirs);

        Assert.Equal([theirs], await AskAsync("find_invitation($1)", Theirs.ToByteArray()));
        foreach (var none in new byte[][] { [], [0], Theirs.ToByteArray()[..15] }) Assert.Empty(await AskAsync("find_invitation($1)", none));
    }

    private async Task<Guid> UserOfAsync(string name) => Guid.Parse(await OneAsync("SELECT id FROM portal_user WHERE user_name = $1", name));

    private async Task<Guid> NewUserAsync()
    {
        var name = Guid.CreateVersion7().ToString();
        await LookAsync(
            """
            INSERT INTO portal_user SELECT (jsonb_populate_record(u, jsonb_build_object('id', $1::uuid, 'user_name', $2, 'normalized_user_name', $2))).*
            FROM portal_user u WHERE u.user_name = 'ours'
            """,
            Guid.Parse(name), name);
        return Guid.Parse(name);
    }
}
