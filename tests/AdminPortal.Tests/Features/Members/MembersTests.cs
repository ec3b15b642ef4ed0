using System.Net;
using System.Text.Json;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.Members;

/// <summary>Who has a role: listed, changed and removed over REST and on the page. The last administrator stays.</summary>
public sealed class MembersTests(PortalFactory portal) : IClassFixture<PortalFactory>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Members_are_listed_by_name_a_page_at_a_time_without_owners_and_strangers()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        foreach (var role in new[] { PortalRole.Helpdesk, PortalRole.Auditor, PortalRole.MailboxOwner }) await portal.NewPersonAsync(tenant, role);
        await portal.NewPersonAsync(other, PortalRole.Helpdesk);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);

        var names = new List<string>();
        string? cursor = null;
        do
        {
            var page = await admin.GetAsync($"{tenant.Api}/members?limit=2{(cursor is null ? "" : $"&cursor={cursor}")}", Cancel).JsonAsync();
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(m => $"{m.GetProperty("role")} {m.GetProperty("userName")}"));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        Assert.Equal(["auditor", "helpdesk", "tenantAdmin"], names.Select(n => n.Split(' ')[0]).Order());
        Assert.Equal(names.Select(n => n.Split(' ')[1]).Order(StringComparer.Ordinal), names.Select(n => n.Split(' ')[1]));
    }

    [Fact]
    public async Task A_changed_role_counts_at_the_next_call_of_a_token_and_the_next_click_of_a_session()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var browser = await portal.SignInAsync(person);
        var token = portal.Api(await portal.NewTokenAsync(person, tenant));
        await browser.ReadAsync($"{tenant.Pages}/settings/members");
        await token.GetAsync($"{tenant.Api}/members", Cancel).JsonAsync();

        var changed = await admin.MergePatchAsync(MemberPath(tenant, person), """{"role": "helpdesk"}""").JsonAsync();
        Assert.Equal("helpdesk", changed.GetProperty("role").GetString());
        await token.GetAsync($"{tenant.Api}/members", Cancel).ProblemAsync(HttpStatusCode.Forbidden);
        using var refused = await browser.GetAsync($"{tenant.Pages}/settings/members");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        var record = Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.MemberChanged);
        Assert.Equal((person.UserName, "tenantAdmin", "helpdesk"), (record.Target, Word(record.Before), Word(record.After)));
    }

    [Fact]
    public async Task A_removed_member_is_out_at_once_and_keeps_what_they_are_elsewhere()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        await portal.AddMemberAsync(other, person, PortalRole.Auditor);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        using var browser = await portal.SignInAsync(person);
        var token = portal.Api(await portal.NewTokenAsync(person, tenant));
        await token.GetAsync($"{tenant.Api}/mailboxes", Cancel).JsonAsync();

        using var removed = await admin.SendJsonAsync(HttpMethod.Delete, MemberPath(tenant, person), ifMatch: "*");
        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        await token.GetAsync($"{tenant.Api}/mailboxes", Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
        using var gone = await browser.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        await browser.ReadAsync(other.Pages);
        Assert.Contains(await portal.AuditAsync(tenant), e => e.Action == AuditActions.MemberRemoved && e.Target == person.UserName);

        // The old token does not come back to life with the role.
        await portal.AddMemberAsync(tenant, person, PortalRole.Helpdesk);
        await token.GetAsync($"{tenant.Api}/mailboxes", Cancel).ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_last_administrator_stays_whatever_is_tried()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var self = portal.Api(await portal.NewTokenAsync(person, tenant));
        Assert.Equal("conflict", await self.MergePatchAsync(MemberPath(tenant, person), """{"role": "auditor"}""").ProblemAsync(HttpStatusCode.Conflict));
        var platform = await portal.PlatformApiAsync();
        Assert.Equal("conflict", await platform.SendJsonAsync(HttpMethod.Delete, MemberPath(tenant, person), ifMatch: "*").ProblemAsync(HttpStatusCode.Conflict));

        using var browser = await portal.SignInAsync(person);
        var page = $"{tenant.Pages}/settings/members";
        using var posted = await browser.PostAsync($"{page}?handler=Remove", new() { ["member"] = person.Id.ToString(), ["version"] = "1" }, page);
        Assert.Contains("This is the last administrator", (await browser.OpenAsync(page)).QuerySelector(".status-message").Says(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_administrators_who_remove_each_other_at_the_same_moment_one_is_left()
    {
        for (var round = 0; round < 5; round++)
        {
            var tenant = await portal.NewTenantAsync();
            var people = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => portal.NewPersonAsync(tenant, PortalRole.TenantAdmin)));
            var clients = await Task.WhenAll(people.Select(async p => portal.Api(await portal.NewTokenAsync(p, tenant))));
            // Each removes the next one, all at once; every other one demotes instead.
            var answers = await Task.WhenAll(clients.Select((client, n) => n % 2 == 0
                ? client.SendJsonAsync(HttpMethod.Delete, MemberPath(tenant, people[(n + 1) % 4]), ifMatch: "*")
                : client.SendJsonAsync(HttpMethod.Patch, MemberPath(tenant, people[(n + 1) % 4]), """{"role": "auditor"}""", ifMatch: "*", contentType: "application/merge-patch+json")));
            Assert.All(answers, a => Assert.True((int)a.StatusCode < 500));
            Assert.NotEqual(0, await portal.LookAsync(tenant, db => db.Members.CountAsync(m => m.Role == PortalRole.TenantAdmin, Cancel)));
        }
    }

    [Theory]
    [InlineData("""{"role": "platformAdmin"}""")]
    [InlineData("""{"role": "mailboxOwner"}""")]
    [InlineData("""{"role": "root"}""")]
    [InlineData("""{"role": 5}""")]
    [InlineData("""{"role": null}""")]
    [InlineData("""{"userId": "01981f6e-8c0a-7d7e-9d7b-2f6f3c1f7a55"}""")]
    [InlineData("""{"tenantId": "01981f6e-8c0a-7d7e-9d7b-2f6f3c1f7a55", "role": "auditor"}""")]
    public async Task Nobody_grants_more_than_there_is_to_grant(string json)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        foreach (var client in new[] { await portal.ApiAsync(tenant, PortalRole.TenantAdmin), await portal.PlatformApiAsync() })
        {
            await client.MergePatchAsync(MemberPath(tenant, person), json).ProblemAsync(HttpStatusCode.BadRequest);
            await client.PostJsonAsync($"{tenant.Api}/members", """{"address": "new@portal.example", "role": "platformAdmin"}""").ProblemAsync(HttpStatusCode.BadRequest);
        }
        Assert.Equal(PortalRole.Helpdesk, await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == person.Id).Select(m => m.Role).SingleAsync(Cancel)));
    }

    [Theory]
    [InlineData(PortalRole.Helpdesk)]
    [InlineData(PortalRole.Auditor)]
    [InlineData(PortalRole.MailboxOwner)]
    public async Task Nobody_below_an_administrator_changes_anybody_not_even_themselves(PortalRole role)
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, role);
        var victim = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var client = portal.Api(await portal.NewTokenAsync(person, tenant));
        foreach (var target in new[] { person, victim })
        {
            await client.SendJsonAsync(HttpMethod.Patch, MemberPath(tenant, target), """{"role": "tenantAdmin"}""", "*", contentType: "application/merge-patch+json").ProblemAsync(HttpStatusCode.Forbidden);
            await client.SendJsonAsync(HttpMethod.Delete, MemberPath(tenant, target), ifMatch: "*").ProblemAsync(HttpStatusCode.Forbidden);
        }
        await client.PostJsonAsync($"{tenant.Api}/members", """{"address": "me@portal.example", "role": "tenantAdmin"}""").ProblemAsync(HttpStatusCode.Forbidden);

        using var browser = await portal.SignInAsync(person);
        foreach (var handler in new[] { "Invite", "Role", "Remove", "Again", "Link", "Withdraw", "Owner" })
        {
            using var posted = await browser.PostAsync(
                $"{tenant.Pages}/settings/members?handler={handler}",
                new() { ["member"] = victim.Id.ToString(), ["role"] = "Auditor", ["version"] = "1", ["Address"] = "me@portal.example", ["mailbox"] = "x" }, "/sign-out");
            Assert.Equal(HttpStatusCode.Forbidden, posted.StatusCode);
        }
        Assert.False(await portal.LookAsync(tenant, db => db.Invitations.AnyAsync(Cancel)));
    }

    [Fact]
    public async Task Foreign_and_missing_members_are_the_same_not_found()
    {
        var (mine, theirs) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var admin = await portal.ApiAsync(mine, PortalRole.TenantAdmin);
        var foreign = await portal.NewPersonAsync(theirs, PortalRole.Helpdesk);
        foreach (var path in new[] { MemberPath(mine, foreign), $"{mine.Api}/members/{Guid.CreateVersion7()}", MemberPath(theirs, foreign) })
        {
            await admin.GetAsync(path, Cancel).ProblemAsync(HttpStatusCode.NotFound);
            await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: "*").ProblemAsync(HttpStatusCode.NotFound);
        }
        Assert.Equal(1, await portal.LookAsync(theirs, db => db.Members.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_change_needs_the_version_that_was_seen()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var path = MemberPath(tenant, person);
        await admin.SendJsonAsync(HttpMethod.Delete, path).ProblemAsync(HttpStatusCode.PreconditionRequired);
        var seen = (await admin.ETagAsync(path)).ToString();
        await admin.MergePatchAsync(path, """{"role": "auditor"}""", seen).JsonAsync();
        var late = await admin.SendJsonAsync(HttpMethod.Delete, path, ifMatch: seen).JsonAsync(HttpStatusCode.PreconditionFailed);
        Assert.Equal("auditor", late.GetProperty("current").GetProperty("role").GetString());
    }

    [Fact]
    public async Task A_token_without_the_scope_reads_no_members_and_changes_none()
    {
        var tenant = await portal.NewTenantAsync();
        var person = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var narrow = portal.Api(await portal.NewTokenAsync(person, tenant, "mailboxes:read", "settings:read"));
        await narrow.GetAsync($"{tenant.Api}/members", Cancel).JsonAsync();
        await narrow.PostJsonAsync($"{tenant.Api}/members", """{"address": "a@portal.example", "role": "auditor"}""").ProblemAsync(HttpStatusCode.Forbidden);
        var other = portal.Api(await portal.NewTokenAsync(person, tenant, "mailboxes:read"));
        await other.GetAsync($"{tenant.Api}/members", Cancel).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_session_whose_proof_is_old_is_asked_again_before_it_changes_anybody()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin);
        var victim = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        using var browser = await portal.SignInAsync(admin);
        await portal.LookAsync(tenant, db => db.PortalSessions.Where(s => s.UserId == admin.Id).ExecuteUpdateAsync(s => s.SetProperty(x => x.ProvedAt, TimeProvider.System.GetUtcNow().AddHours(-1)), Cancel));

        var page = $"{tenant.Pages}/settings/members";
        foreach (var handler in new[] { "Invite", "Role", "Remove", "Owner", "Again", "Link" })
        {
            using var led = await browser.PostAsync(
                $"{page}?handler={handler}", new() { ["member"] = victim.Id.ToString(), ["role"] = "TenantAdmin", ["version"] = "1", ["Address"] = "x@portal.example" }, page);
            Assert.StartsWith("/step-up", led.Headers.Location?.ToString(), StringComparison.Ordinal);
        }
        var request = new HttpRequestMessage(HttpMethod.Delete, MemberPath(tenant, victim));
        request.Headers.Add("If-Match", "*");
        request.Headers.Add("RequestVerificationToken", await browser.TokenAsync(page));
        Assert.Equal("step-up-required", await browser.Client.SendAsync(request, Cancel).ProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal(PortalRole.Helpdesk, await portal.LookAsync(tenant, db => db.Members.Where(m => m.UserId == victim.Id).Select(m => m.Role).SingleAsync(Cancel)));
    }

    [Fact]
    public async Task An_auditor_sees_the_page_without_anything_to_press()
    {
        var tenant = await portal.NewTenantAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Auditor));
        var page = await browser.OpenAsync($"{tenant.Pages}/settings/members");
        Assert.Empty(page.QuerySelectorAll("main form"));
        Assert.Contains("Auditor", page.Says("tbody td"));
    }

    private static string MemberPath(TestTenant tenant, TestPerson person) => $"{tenant.Api}/members/{person.Id}";

    private static string? Word(JsonDocument? document) => document!.RootElement.GetProperty("role").GetString();
}
