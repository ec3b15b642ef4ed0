using System.Net;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.AuditLog;

/// <summary>Who was refused stands in the trail: once, with a count, however often it was tried.</summary>
public sealed class RefusalTests : IClassFixture<PortalFactory>
{
    private const int Told = 12;
    private readonly PortalFactory portal;

    public RefusalTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Limits:Audit:RefusalsPerHour", $"{Told}");
        portal.Set("Limits:Guesses:PerAddress", "100000");
        portal.Set("Limits:Guesses:PerNetwork", "100000");
        portal.Set("Limits:Guesses:PerWideNetwork", "100000");
        portal.Set("Limits:Requests:PerAddress", "100000");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_administrator_who_was_refused_at_the_sign_in_stands_in_every_tenant_of_theirs()
    {
        var (one, other, strangers) = (await portal.NewTenantAsync(), await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.NewPersonAsync(one, PortalRole.TenantAdmin);
        await portal.AddMemberAsync(other, admin, PortalRole.Auditor);

        await SignInAsync(admin.UserName, "wrong-a");

        foreach (var tenant in new[] { one, other })
        {
            var refused = Assert.Single(await RefusalsAsync(tenant));
            Assert.Equal((AuditActions.SignInRefused, admin.UserName, RefusalReasons.WrongPassword), (refused.Action, refused.ActorName, refused.Reason));
            Assert.Equal(admin.Id, refused.ActorId);
        }
        Assert.Empty(await RefusalsAsync(strangers));
    }

    [Fact]
    public async Task A_name_that_is_nobodys_writes_no_row_anywhere_and_neither_does_the_owner_of_a_mailbox()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        var before = await AllAsync("SELECT count(*) FROM audit_event");

        await SignInAsync($"nobody@{tenant.Domain}", "wrong");
        await SignInAsync(owner.UserName, "wrong");
        using var unknown = portal.Api("apt_notatokenofanybody");
        Assert.Equal(HttpStatusCode.Unauthorized, (await unknown.GetAsync(tenant.Api, Cancel)).StatusCode);

        Assert.Equal(before, await AllAsync("SELECT count(*) FROM audit_event"));
        Assert.Empty(await RefusalsAsync(tenant));
    }

    [Fact]
    public async Task A_thousand_refusals_of_one_token_are_two_events_the_second_with_the_count()
    {
        var tenant = await portal.NewTenantAsync();
        var token = await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        await portal.LookAsync(tenant, db => db.ApiTokens.ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, DateTimeOffset.UnixEpoch), Cancel));
        using var program = portal.Api(token);

        await Parallel.ForAsync(0, 1_000, Cancel, async (_, cancel) =>
        {
            using var answer = await program.GetAsync(tenant.Api, cancel);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests });
        });

        var first = Assert.Single(await RefusalsAsync(tenant));
        Assert.Equal((AuditActions.TokenRefused, RefusalReasons.TokenRevoked, null), (first.Action, first.Reason, first.After));
        await portal.Services.GetRequiredService<CrossTenant>().CloseRefusalsAsync(TimeSpan.Zero, Cancel);
        var counted = (await RefusalsAsync(tenant))[1];
        Assert.Equal(1_000, counted.After!.RootElement.GetProperty("times").GetInt32());
        Assert.Equal((first.ActorName, first.Reason, first.RemoteAddress), (counted.ActorName, counted.Reason, counted.RemoteAddress));

        // A new hour begins.
        using var again = await program.GetAsync(tenant.Api, Cancel);
        Assert.Equal(3, (await RefusalsAsync(tenant)).Count);
    }

    [Fact]
    public async Task A_count_is_written_when_its_hour_is_over_and_not_before()
    {
        var tenant = await portal.NewTenantAsync();
        using var helpdesk = await portal.ApiAsync(tenant, PortalRole.Helpdesk);
        for (var n = 0; n < 2; n++) Assert.Equal(HttpStatusCode.Forbidden, (await helpdesk.GetAsync($"{tenant.Api}/members", Cancel)).StatusCode);

        await portal.Services.GetRequiredService<CrossTenant>().CloseRefusalsAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Single(await RefusalsAsync(tenant));
        await AllAsync($"UPDATE refusal SET first_at = first_at - interval '1 hour' WHERE tenant_id = '{tenant.Id}' RETURNING count::bigint");
        await portal.Services.GetRequiredService<CrossTenant>().CloseRefusalsAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Equal(2, (await RefusalsAsync(tenant)).Count);
    }

    [Fact]
    public async Task What_a_role_or_a_scope_does_not_allow_is_told_with_the_route_by_page_and_by_program()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(person);
        Assert.Equal(HttpStatusCode.Forbidden, (await browser.GetAsync($"{tenant.Pages}/settings/members")).StatusCode);
        using var program = portal.Api(await portal.NewTokenAsync(person, tenant, "mailboxes:read"));
        Assert.Equal(HttpStatusCode.Forbidden, (await program.GetAsync($"{tenant.Api}/plans", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync($"{tenant.Api}/mailboxes", Cancel)).StatusCode);

        Assert.Equal(
            [
                (ActorKind.User, "GET /t/{tenant}/settings/members", RefusalReasons.Role),
                (ActorKind.Token, "GET /api/v1/tenants/{tenant}/plans", RefusalReasons.Scope),
            ],
            (await RefusalsAsync(tenant)).Select(e => (e.ActorKind, e.Target, e.Reason!)));
    }

    [Fact]
    public async Task A_token_from_another_network_is_told_with_where_it_came_from()
    {
        var tenant = await portal.NewTenantAsync();
        var token = await portal.NewTokenAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin), tenant);
        await portal.LookAsync(tenant, db => db.ApiTokens.ExecuteUpdateAsync(t => t.SetProperty(x => x.Networks, new List<string> { "192.0.2.0/24" }), Cancel));
        using var program = portal.Api(token);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync(tenant.Api, Cancel)).StatusCode);

        Assert.Equal((AuditActions.TokenRefused, RefusalReasons.TokenFromElsewhere), Assert.Single(await RefusalsAsync(tenant)) is var only ? (only.Action, only.Reason) : default);
    }

    [Fact, Reaches("Limits:Audit:RefusalsPerHour")]
    public async Task Refusals_of_very_many_kinds_fill_no_trail_either()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        for (var n = 0; n < Told * 3; n++)
            await NoteAsync(new(null, admin.Id, ActorKind.User, admin.Id, admin.UserName, AuditActions.SignInRefused, "user", admin.UserName, RefusalReasons.WrongPassword, $"192.0.2.{n}", null));

        var refused = await RefusalsAsync(tenant);
        Assert.Equal(Told + 1, refused.Count);
        Assert.Equal((RefusalReasons.Many, "system"), (refused[^1].Reason, refused[^1].ActorName));
    }

    [Theory]
    [InlineData("en", "was refused at the sign-in", "Wrong password")]
    [InlineData("fr", "s’est vu refuser la connexion", "Mot de passe erroné")]
    public async Task The_page_says_it_in_words_and_finds_it_by_its_filter(string language, string did, string why)
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        await SignInAsync(admin.UserName, $"wrong-{language}");
        using var browser = await portal.SignInAsync(admin);
        using var chosen = await browser.PostAsync("/preferences/language", new() { ["language"] = language }, $"{tenant.Pages}/audit");

        var row = (await browser.OpenAsync($"{tenant.Pages}/audit?action={AuditActions.SignInRefused}")).Says("tr[data-row]");
        Assert.Contains(did, Assert.Single(row), StringComparison.Ordinal);
        Assert.Contains(why, row[0], StringComparison.Ordinal);
        Assert.Single((await browser.OpenAsync($"{tenant.Pages}/audit?action=session&actor={Uri.EscapeDataString(admin.UserName)}")).Says("tr[data-row]"), text => text.Contains(did, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_serving_role_can_neither_read_nor_forge_more_than_a_refusal()
    {
        var tenant = await portal.NewTenantAsync();
        foreach (var attack in new[]
        {
            "SELECT * FROM refusal", "DELETE FROM refusal",
            $"SELECT note_refusal_of('{tenant.Id}', '', 1::smallint, NULL, 'me', 'plan.changed', 'plan', 'x', 'y', NULL, NULL)",
            $"SELECT note_refusal('{tenant.Id}', NULL, 1::smallint, NULL, 'me', 'plan.changed', 'plan', 'x', 'y', NULL, NULL, 9)",
        })
        {
            await using var source = NpgsqlDataSource.Create(portal.Database.ServingConnectionString);
            await using var command = source.CreateCommand(attack);
            var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancel));
            Assert.Contains(refused.SqlState, new[] { PostgresErrorCodes.InsufficientPrivilege, PostgresErrorCodes.InvalidParameterValue });
        }
    }

    private async Task SignInAsync(string name, string password)
    {
        using var browser = portal.NewBrowser();
        using var answer = await browser.PostAsync("/sign-in", new() { ["Name"] = name, ["Password"] = password });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private Task NoteAsync(NotedRefusal refusal) => portal.Services.GetRequiredService<CrossTenant>().NoteRefusalAsync(refusal, Told, Cancel);

    private async Task<List<AuditEvent>> RefusalsAsync(TestTenant tenant) =>
        [.. (await portal.AuditAsync(tenant)).Where(e => e.Action.EndsWith(".refused", StringComparison.Ordinal))];

    private async Task<long> AllAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
