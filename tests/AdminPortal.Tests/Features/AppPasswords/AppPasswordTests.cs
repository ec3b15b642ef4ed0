using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using AdminPortal.Data;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.AppPasswords;

/// <summary>Making, changing and revoking app passwords: by the API, by an administrator's pages, by the owner's.</summary>
public sealed partial class AppPasswordTests : IClassFixture<PortalFactory>
{
    private readonly PortalFactory portal;

    public AppPasswordTests(PortalFactory portal)
    {
        this.portal = portal;
        portal.Set("Limits:Mailboxes:AppPasswords", "5");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_made_shown_once_changed_and_revoked_on_record()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var list = $"{tenant.Api}/mailboxes/{Uri.EscapeDataString(mailbox.Address)}/app-passwords";

        var made = await admin.PostJsonAsync(list, """{"name": " Phone ", "protocols": ["smtp", "imap"], "networks": ["192.0.2.7", "10.0.0.0/8"], "expiresAt": "2099-12-31T00:00:00Z"}""").JsonAsync(HttpStatusCode.Created);
        var password = made.GetProperty("password").GetString()!;
        Assert.Matches("^[a-z2-9]{5}(-[a-z2-9]{5}){3}$", password);
        Assert.Equal(mailbox.Address, made.GetProperty("userName").GetString());
        var one = $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords/{made.GetProperty("id").GetString()}";

        var read = await admin.GetAsync(one, Cancel).JsonAsync();
        Assert.Equal(("Phone", """["imap","smtp"]""", """["192.0.2.7/32","10.0.0.0/8"]"""),
            (read.GetProperty("name").GetString(), read.GetProperty("protocols").GetRawText(), read.GetProperty("networks").GetRawText()));
        Assert.DoesNotContain(password, read.GetRawText());

        var changed = await admin.MergePatchAsync(one, """{"name": "Tablet", "networks": null, "expiresAt": null}""").JsonAsync();
        Assert.Equal(("Tablet", "[]", JsonValueKind.Null), (changed.GetProperty("name").GetString(), changed.GetProperty("networks").GetRawText(), changed.GetProperty("expiresAt").ValueKind));
        using (var gone = await admin.SendJsonAsync(HttpMethod.Delete, one, ifMatch: (await admin.ETagAsync(one)).ToString())) Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        Assert.Equal("not-found", await admin.GetAsync(one, Cancel).ProblemAsync(HttpStatusCode.NotFound));

        var trail = (await portal.AuditAsync(tenant)).Where(e => e.Action.StartsWith("appPassword.", StringComparison.Ordinal)).ToList();
        Assert.Equal([AuditActions.AppPasswordCreated, AuditActions.AppPasswordChanged, AuditActions.AppPasswordRevoked], trail.Select(e => e.Action));
        Assert.All(trail, entry =>
        {
            Assert.Equal((mailbox.Address, mailbox.Id), (entry.Target, entry.TargetId));
            Assert.DoesNotContain(password, $"{entry.Before?.RootElement} {entry.After?.RootElement}");
        });
    }

    [Fact]
    public async Task Nothing_of_it_is_stored_but_what_proves_it()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var made = await admin.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", """{"name": "Phone"}""").JsonAsync(HttpStatusCode.Created);

        var (scram, credential) = await portal.LookAsync(tenant, async db => (
            await db.MailboxScrams.AsNoTracking().SingleAsync(s => s.MailboxId == mailbox.Id, Cancel),
            await db.MailCredentials.AsNoTracking().SingleAsync(c => c.Id == made.GetProperty("id").GetGuid(), Cancel)));

        var salted = ScramVerifier.SaltedPassword(made.GetProperty("password").GetString()!, scram.Salt, scram.Iterations);
        Assert.Equal(ScramVerifier.StoredKey(salted), credential.StoredKey);
        Assert.Equal(ScramVerifier.ServerKey(salted), credential.ServerKey);
    }

    [Theory]
    [InlineData("""{"name": ""}""", "name")]
    [InlineData("""{"name": "Phone", "protocols": []}""", "protocols")]
    [InlineData("""{"name": "Phone", "networks": ["the office"]}""", "networks")]
    [InlineData("""{"name": "Phone", "expiresAt": "2001-01-01T00:00:00Z"}""", "expiresAt")]
    public async Task What_makes_no_sense_is_said_at_its_field(string wanted, string field)
    {
        var (tenant, mailbox, admin) = await ArriveAsync();

        Assert.NotEmpty(await admin.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", wanted).FieldErrorAsync(field));
    }

    [Fact, Reaches("Limits:Mailboxes:AppPasswords")]
    public async Task There_are_no_more_than_the_limit_however_many_ask_at_once()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var list = $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords";

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => admin.PostJsonAsync(list, $$"""{"name": "Number {{n}}"}""")));

        Assert.Equal(5, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict));
        Assert.Equal(5, (await admin.GetAsync(list, Cancel).JsonAsync()).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_key_repeats_the_answer_and_makes_no_second_one()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var list = $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords";

        var first = await admin.PostJsonAsync(list, """{"name": "Phone"}""", "once").JsonAsync(HttpStatusCode.Created);
        var again = await admin.PostJsonAsync(list, """{"name": "Phone"}""", "once").JsonAsync(HttpStatusCode.Created);

        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.Single((await admin.GetAsync(list, Cancel).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_mailbox_on_another_mail_server_has_none()
    {
        var (tenant, _, admin) = await ArriveAsync();
        var pod = await portal.LookAsync(tenant, async db =>
        {
            var elsewhere = new Pod { TenantId = tenant.Id, Id = Guid.CreateVersion7(), Name = "Elsewhere", Kind = PodKind.Proxy, Host = "mail.example.net" };
            db.Add(elsewhere);
            await db.SaveChangesAsync(Cancel);
            return elsewhere.Id;
        });
        var mailbox = await portal.NewMailboxAsync(tenant, more: m => m.PodId = pod);

        Assert.Equal("conflict", await admin.PostJsonAsync($"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords", """{"name": "Phone"}""").ProblemAsync(HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task The_helpdesk_takes_one_back_but_makes_none()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        var helpdesk = await portal.ApiAsync(tenant, PortalRole.Helpdesk);
        var list = $"{tenant.Api}/mailboxes/{mailbox.Id}/app-passwords";
        var made = await admin.PostJsonAsync(list, """{"name": "Lost phone"}""").JsonAsync(HttpStatusCode.Created);

        await helpdesk.PostJsonAsync(list, """{"name": "Mine now"}""").ProblemAsync(HttpStatusCode.Forbidden);
        using var gone = await helpdesk.SendJsonAsync(HttpMethod.Delete, $"{list}/{made.GetProperty("id").GetString()}", ifMatch: "*");

        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
    }

    [Fact]
    public async Task The_owner_makes_changes_and_revokes_on_pages_of_their_own()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        using var browser = await portal.SignInAsync(owner);
        Assert.Contains("/my/app-passwords", await browser.ReadAsync("/my"));

        using var made = await browser.PostAsync("/my/app-passwords/new", new() { ["Form.Name"] = "My phone", ["Form.Protocols"] = "imap", ["Form.Networks"] = "192.0.2.0/24" });
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        var password = Password().Match(await made.Content.ReadAsStringAsync(Cancel)).Value;
        Assert.NotEmpty(password);
        var stored = await portal.LookAsync(tenant, db => db.MailCredentials.AsNoTracking().SingleAsync(c => c.MailboxId == owner.Mailbox!.Id && c.Kind == CredentialKind.AppPassword, Cancel));
        Assert.Equal(("My phone", owner.UserName), (stored.Label, stored.CreatedBy));
        var list = await browser.ReadAsync("/my/app-passwords");
        Assert.Contains("My phone", list);
        Assert.Contains("192.0.2.0/24", list);
        Assert.DoesNotContain(password, list);

        using var changed = await browser.PostAsync($"/my/app-passwords/{stored.Id}", new() { ["Form.Name"] = "Old phone", ["Form.Protocols"] = "pop3" });
        Assert.Equal(HttpStatusCode.Redirect, changed.StatusCode);
        Assert.Contains("Old phone", await browser.ReadAsync("/my/app-passwords"));
        using var gone = await browser.PostAsync("/my/app-passwords?handler=Revoke", new() { ["appPassword"] = stored.Id.ToString() }, page: "/my/app-passwords");
        Assert.Equal(HttpStatusCode.Redirect, gone.StatusCode);
        Assert.DoesNotContain("192.0.2.0/24", await browser.ReadAsync("/my/app-passwords"));
    }

    [Fact]
    public async Task The_owner_reaches_nobody_elses()
    {
        var tenant = await portal.NewTenantAsync();
        var (owner, other) = (await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner), await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner));
        using var mine = portal.Api(await portal.NewTokenAsync(owner, tenant, "me"));
        using var theirs = portal.Api(await portal.NewTokenAsync(other, tenant, "me"));
        var made = await theirs.PostJsonAsync("/api/v1/me/app-passwords", """{"name": "Theirs"}""").JsonAsync(HttpStatusCode.Created);
        var one = $"/api/v1/me/app-passwords/{made.GetProperty("id").GetString()}";

        await mine.GetAsync(one, Cancel).ProblemAsync(HttpStatusCode.NotFound);
        await mine.SendJsonAsync(HttpMethod.Patch, one, """{"name": "Mine"}""", "*", contentType: "application/merge-patch+json").ProblemAsync(HttpStatusCode.NotFound);
        await mine.SendJsonAsync(HttpMethod.Delete, one, ifMatch: "*").ProblemAsync(HttpStatusCode.NotFound);

        Assert.Empty((await mine.GetAsync("/api/v1/me/app-passwords", Cancel).JsonAsync()).GetProperty("items").EnumerateArray());
        Assert.Single((await theirs.GetAsync("/api/v1/me/app-passwords", Cancel).JsonAsync()).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task An_administrator_makes_and_revokes_on_the_mailboxs_page()
    {
        var (tenant, mailbox, _) = await ArriveAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/mailboxes/{mailbox.Id}";
        Assert.Contains($"{page}/app-passwords/new", await browser.ReadAsync($"{page}?tab=app-passwords"));

        using var refused = await browser.PostAsync($"{page}/app-passwords/new", new() { ["Form.Name"] = "Printer", ["Form.Networks"] = "next door", ["Form.Protocols"] = "smtp" });
        Assert.Contains("such as 192.0.2.0/24", await refused.Content.ReadAsStringAsync(Cancel));
        using var made = await browser.PostAsync($"{page}/app-passwords/new", new() { ["Form.Name"] = "Printer", ["Form.Protocols"] = "smtp", ["Form.LastDay"] = "2099-12-31" });
        Assert.Matches(Password(), await made.Content.ReadAsStringAsync(Cancel));

        var stored = await portal.LookAsync(tenant, db => db.MailCredentials.AsNoTracking().SingleAsync(c => c.MailboxId == mailbox.Id && c.Kind == CredentialKind.AppPassword, Cancel));
        Assert.Equal(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero), stored.ExpiresAt);
        Assert.Contains("Printer", await browser.ReadAsync($"{page}?tab=app-passwords"));
        using var gone = await browser.PostAsync($"{page}/app-passwords?handler=Revoke", new() { ["appPassword"] = stored.Id.ToString() }, page: $"{page}?tab=app-passwords");
        Assert.Equal($"{page}?tab=app-passwords", gone.Headers.Location?.ToString());
        Assert.Contains("revoked an app password", await browser.ReadAsync($"{page}?tab=history"));
    }

    [Fact]
    public async Task Whether_the_account_password_is_for_mail_is_said_on_the_sign_in_page()
    {
        var (tenant, mailbox, admin) = await ArriveAsync();
        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/settings/sign-in";
        var version = (await admin.ETagAsync($"{tenant.Api}/mail-sign-in")).Tag.Trim('"');

        using var saved = await browser.PostAsync($"{page}?handler=Mail", new() { ["version"] = version }, page);
        Assert.Equal(HttpStatusCode.Redirect, saved.StatusCode);

        Assert.False((await admin.GetAsync($"{tenant.Api}/mail-sign-in", Cancel).JsonAsync()).GetProperty("accountPassword").GetBoolean());
        Assert.Contains("does not open the mailbox to mail programs", await browser.ReadAsync($"{tenant.Pages}/mailboxes/{mailbox.Id}?tab=app-passwords"));
        var entry = Assert.Single(await portal.AuditAsync(tenant), e => e.Action == AuditActions.MailSignInChanged);
        Assert.Equal((true, false), (entry.Before!.RootElement.GetProperty("accountPassword").GetBoolean(), entry.After!.RootElement.GetProperty("accountPassword").GetBoolean()));
    }

    private async Task<(TestTenant, TestMailbox, HttpClient)> ArriveAsync()
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.NewMailboxAsync(tenant), await portal.ApiAsync(tenant, PortalRole.TenantAdmin));
    }

    [GeneratedRegex("[a-z2-9]{5}(-[a-z2-9]{5}){3}")]
    private static partial Regex Password();
}
