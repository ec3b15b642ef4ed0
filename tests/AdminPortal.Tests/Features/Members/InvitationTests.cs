using System.Net;
using AdminPortal.Data;
using AdminPortal.Hosting;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace AdminPortal.Tests.Features.Members;

/// <summary>From an address in a form to a person who signs in: by a real mail, or by a link that is handed over.</summary>
public sealed class InvitationTests : IClassFixture<MailingPortal>
{
    private const string Password = "quiet harbour at seven";
    private readonly MailingPortal mailing;
    private readonly PortalFactory portal;

    public InvitationTests(MailingPortal mailing) => (this.mailing, portal) = (mailing, mailing.Portal);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_person_is_invited_by_mail_chooses_name_language_and_password_and_signs_in_with_the_role()
    {
        var (tenant, guest) = await TenantAndGuestAsync();
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/settings/members";
        using var invited = await admin.PostAsync($"{page}?handler=Invite", new() { ["Address"] = guest.Address.ToUpperInvariant(), ["Role"] = "Helpdesk" }, page);
        Assert.Equal(page, invited.Headers.Location?.ToString());
        Assert.Contains("on its way", (await admin.OpenAsync(page)).QuerySelector(".status-message").Says(), StringComparison.Ordinal);

        var mail = Assert.Single(await mailing.ReadAsync(guest));
        Assert.Equal($"Invitation to {tenant.Slug}", mail.Subject);
        Assert.Contains("Your role: Helpdesk.", mail.TextBody, StringComparison.Ordinal);
        using var browser = await FollowAsync(await mailing.LinkAsync(guest));
        Assert.Contains($"Welcome to {tenant.Slug}", await browser.ReadAsync("/invitation"), StringComparison.Ordinal);
        using var accepted = await browser.PostAsync("/invitation", Form("Nadia Guest", "fr"));
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
        Assert.StartsWith("/sign-in", accepted.Headers.Location?.ToString(), StringComparison.Ordinal);

        using var nadia = await portal.SignInAsync(new(Guid.Empty, guest.Address, Password));
        Assert.Contains("lang=\"fr\"", await nadia.ReadAsync(tenant.Pages), StringComparison.Ordinal);
        using var settings = await nadia.GetAsync(page);
        Assert.Equal(HttpStatusCode.Forbidden, settings.StatusCode);
        Assert.Contains("Nadia Guest", await admin.ReadAsync(page), StringComparison.Ordinal);
        var trail = await portal.AuditAsync(tenant);
        Assert.Contains(trail, e => e.Action == AuditActions.MemberInvited && e.Target == guest.Address);
        Assert.Contains(trail, e => e.Action == AuditActions.MemberJoined && e.ActorName == guest.Address);
    }

    [Fact]
    public async Task A_mail_speaks_the_language_of_the_organisation_or_the_one_that_was_asked_for()
    {
        var (tenant, guest) = await TenantAndGuestAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{guest.Address}}", "role": "auditor", "language": "fr"}""").JsonAsync(HttpStatusCode.Created);
        var mail = Assert.Single(await mailing.ReadAsync(guest));
        Assert.Equal($"Invitation à rejoindre {tenant.Slug}", mail.Subject);
        Assert.Equal("fr", mail.Body!.Headers["Content-Language"]);
    }

    [Fact]
    public async Task Used_withdrawn_resent_expired_and_invented_links_get_one_and_the_same_answer()
    {
        var answers = new List<string> { await AnswerAsync($"/invitation/{OneTimeSecret.Make().Text}"), await AnswerAsync("/invitation/x"), await AnswerAsync("/invitation") };

        var used = await InviteAsync(PortalRole.Auditor);
        await AcceptAsync(used.Link);
        answers.Add(await AnswerAsync(used.Link));

        var withdrawn = await InviteAsync(PortalRole.Auditor);
        using var gone = await withdrawn.Admin.SendJsonAsync(HttpMethod.Delete, withdrawn.Path, ifMatch: "*");
        Assert.Equal(HttpStatusCode.NoContent, gone.StatusCode);
        answers.Add(await AnswerAsync(withdrawn.Link));

        var resent = await InviteAsync(PortalRole.Auditor);
        await resent.Admin.PostJsonAsync($"{resent.Path}/resend", "").JsonAsync();
        answers.Add(await AnswerAsync(resent.Link));
        await AcceptAsync(await mailing.LinkAsync(resent.Guest));

        var expired = await InviteAsync(PortalRole.Auditor);
        await portal.LookAsync(expired.Tenant, db => db.Invitations.ExecuteUpdateAsync(i => i.SetProperty(x => x.ExpiresAt, TimeProvider.System.GetUtcNow()), Cancel));
        answers.Add(await AnswerAsync(expired.Link));

        Assert.Single(answers.Distinct());
        Assert.Contains("404", answers[0], StringComparison.Ordinal);
        Assert.Contains("This invitation does not work", answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_who_use_one_link_at_the_same_moment_one_gets_in()
    {
        var invited = await InviteAsync(PortalRole.TenantAdmin);
        using var first = await FollowAsync(invited.Link);
        using var second = await FollowAsync(invited.Link);
        var answers = await Task.WhenAll(first.PostAsync("/invitation", Form("First", "en"), "/sign-in"), second.PostAsync("/invitation", Form("Second", "en"), "/sign-in"));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Redirect);
        Assert.Equal(1, await portal.LookAsync(invited.Tenant, db => db.Members.CountAsync(m => db.Users.Any(u => u.Id == m.UserId && u.UserName == invited.Guest.Address), Cancel)));
    }

    [Fact]
    public async Task Following_a_link_takes_it_out_of_the_address_changes_nothing_and_tells_nobody_else()
    {
        var invited = await InviteAsync(PortalRole.Helpdesk);
        var secret = invited.Link.Split('/')[^1];
        for (var scanner = 0; scanner < 3; scanner++)
        {
            using var anybody = portal.NewBrowser();
            using var followed = await anybody.GetAsync(invited.Link);
            Assert.Equal("/invitation", followed.Headers.Location?.ToString());
            Assert.Equal("no-referrer", Assert.Single(followed.Headers.GetValues("Referrer-Policy")));
            var cookie = Assert.Single(followed.Headers.GetValues("Set-Cookie"), c => c.StartsWith("__Host-invitation=", StringComparison.Ordinal));
            foreach (var word in new[] { "secure", "httponly", "samesite=lax", "path=/" }) Assert.Contains(word, cookie, StringComparison.OrdinalIgnoreCase);
            using var page = await anybody.GetAsync("/invitation");
            Assert.Equal("no-referrer", Assert.Single(page.Headers.GetValues("Referrer-Policy")));
            Assert.True(page.Headers.CacheControl?.NoStore);
            Assert.DoesNotContain(secret, await page.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        }
        await AcceptAsync(invited.Link);
    }

    [Fact]
    public async Task The_secret_is_in_no_table_no_audit_event_and_no_answer_of_the_API()
    {
        var invited = await InviteAsync(PortalRole.Helpdesk);
        var secret = invited.Link.Split('/')[^1];
        var answers = await invited.Admin.GetStringAsync($"{invited.Tenant.Api}/members/invitations", Cancel) + await invited.Admin.GetStringAsync(invited.Path, Cancel);
        Assert.DoesNotContain(secret, answers, StringComparison.Ordinal);
        var stored = await portal.LookAsync(invited.Tenant, db => db.Invitations.SingleAsync(Cancel));
        Assert.Equal(OneTimeSecret.Of(secret).Hash, stored.TokenHash);
        Assert.InRange(stored.ExpiresAt - stored.CreatedAt, TimeSpan.FromDays(7), TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
        Assert.DoesNotContain(await portal.AuditAsync(invited.Tenant), e => (e.After?.RootElement.GetRawText() ?? "").Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public void A_path_with_a_secret_is_written_down_without_it()
    {
        Assert.Equal("/invitation/…", OneTimeSecret.Shown("/Invitation/abc"));
        Assert.Equal("/reset-password/…", OneTimeSecret.Shown("/reset-password/abc"));
        Assert.Equal("/t/contoso", OneTimeSecret.Shown("/t/contoso"));
    }

    [Fact]
    public async Task Whoever_has_an_account_signs_in_first_and_nobody_else_can_take_the_role_by_the_link()
    {
        var (tenant, other) = (await portal.NewTenantAsync(), await portal.NewTenantAsync());
        var known = await portal.NewPersonAsync(other, PortalRole.MailboxOwner);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{known.UserName}}", "role": "helpdesk"}""").JsonAsync(HttpStatusCode.Created);
        var link = await mailing.LinkAsync(known.Mailbox!);

        // A new account in that name is not made, and another account does not get in.
        using var anonymous = await FollowAsync(link);
        Assert.Contains("Sign in with it to accept", await anonymous.ReadAsync("/invitation"), StringComparison.Ordinal);
        using var overwritten = await anonymous.PostAsync("/invitation", Form("Thief", "en"));
        Assert.Equal(HttpStatusCode.OK, overwritten.StatusCode);
        using var thief = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.Auditor));
        using var stolen = await thief.GetAsync(link);
        Assert.Contains("Sign out first", await thief.ReadAsync("/invitation"), StringComparison.Ordinal);
        using var joined = await thief.PostAsync("/invitation?handler=Join", [], "/invitation");
        Assert.Equal(HttpStatusCode.OK, joined.StatusCode);

        using var browser = await portal.SignInAsync(known);
        using var followed = await browser.GetAsync(link);
        using var accepted = await browser.PostAsync("/invitation?handler=Join", [], "/invitation");
        Assert.Equal(tenant.Pages, accepted.Headers.Location?.ToString());
        await browser.ReadAsync(tenant.Pages);
        await browser.ReadAsync("/my");
        await portal.SignInAsync(known);
    }

    [Fact]
    public async Task The_owner_of_a_mailbox_gets_their_page_and_one_password_for_both()
    {
        var (tenant, mailbox) = await TenantAndGuestAsync();
        var reader = await portal.NewMailboxAsync(tenant);
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var about = $"{tenant.Pages}/mailboxes/{mailbox.Address}?tab=about";
        Assert.Contains("Give this person their settings page", await admin.ReadAsync(about), StringComparison.Ordinal);
        // The mailbox cannot be read yet, so the link goes where the person can read it.
        using var invited = await admin.PostAsync($"{tenant.Pages}/settings/members?handler=Owner", new() { ["mailbox"] = mailbox.Address, ["sendTo"] = reader.Address }, about);
        Assert.Equal(HttpStatusCode.Redirect, invited.StatusCode);
        Assert.Contains("Invited by", await admin.ReadAsync(about), StringComparison.Ordinal);

        using var browser = await FollowAsync(await mailing.LinkAsync(reader));
        Assert.Contains("It becomes the password of your mailbox, too", await browser.ReadAsync("/invitation"), StringComparison.Ordinal);
        using var accepted = await browser.PostAsync("/invitation", Form("Owner", "en"));
        using var owner = await portal.SignInAsync(new(Guid.Empty, mailbox.Address, Password));
        Assert.Contains(mailbox.Address, await owner.ReadAsync("/my"), StringComparison.Ordinal);
        Assert.Empty(await mailing.ReadAsync(mailbox with { Password = Password }));
        await Assert.ThrowsAsync<MailKit.Security.AuthenticationException>(() => mailing.ReadAsync(mailbox));
        using var page = await owner.GetAsync(tenant.Pages);
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);

        var api = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        await api.PostJsonAsync($"{tenant.Api}/members", $$"""{"role": "mailboxOwner", "mailbox": "{{mailbox.Address}}"}""").ProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_password_that_the_policy_refuses_makes_nothing_and_the_link_stays_good()
    {
        var invited = await InviteAsync(PortalRole.Helpdesk);
        using var browser = await FollowAsync(invited.Link);
        using var refused = await browser.PostAsync("/invitation", Form("Short", "en", "short"));
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        Assert.NotEmpty((await Infrastructure.Pages.ParseAsync(await refused.Content.ReadAsStringAsync(Cancel))).Says(".field-error:not(:empty)"));
        using var strange = await browser.PostAsync("/invitation", Form("Strange", "tlh"));
        Assert.Equal(HttpStatusCode.OK, strange.StatusCode);
        await AcceptAsync(invited.Link);
    }

    [Fact]
    public async Task Without_outgoing_mail_the_link_is_shown_once_to_whoever_invites()
    {
        var (tenant, guest) = await TenantAndGuestAsync();
        using var off = mailing.With(o => (o.Host, o.From, o.UserName, o.Password) = (null, null, null, null));
        using var admin = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/settings/members";
        Assert.Contains("This portal sends no mail", await admin.ReadAsync(page), StringComparison.Ordinal);
        using var made = await admin.PostAsync($"{page}?handler=Invite", new() { ["Address"] = guest.Address, ["Role"] = "Auditor" }, page);
        var shown = await Infrastructure.Pages.ParseAsync(await made.Content.ReadAsStringAsync(Cancel));
        var link = new Uri(shown.QuerySelector(".hand-over .value").Says());
        Assert.Null((await admin.OpenAsync(page)).QuerySelector(".hand-over"));
        await AcceptAsync(link.AbsolutePath);
        // Nobody has shown that mail to this address reaches them.
        Assert.False(await portal.LookAsync(tenant, db => db.Users.Where(u => u.UserName == guest.Address).Select(u => u.EmailConfirmed).SingleAsync(Cancel)));

        var api = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var answer = await api.PostJsonAsync($"{tenant.Api}/members", """{"address": "friend@portal.example", "role": "auditor"}""").JsonAsync(HttpStatusCode.Created);
        Assert.Equal("byHand", answer.GetProperty("delivery").GetString());
        Assert.Contains("/invitation/", answer.GetProperty("link").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_that_cannot_be_delivered_is_seen_and_the_link_can_be_handed_over()
    {
        var tenant = await portal.NewTenantAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var made = await admin.PostJsonAsync($"{tenant.Api}/members", """{"address": "somebody@elsewhere.example", "role": "auditor"}""").JsonAsync(HttpStatusCode.Created);
        Assert.Equal("waiting", made.GetProperty("delivery").GetString());
        Assert.False(made.TryGetProperty("link", out var link) && link.ValueKind != System.Text.Json.JsonValueKind.Null);
        await mailing.SendAsync();
        var seen = await admin.GetAsync($"{tenant.Api}/members/invitations/{made.GetProperty("id").GetString()}", Cancel).JsonAsync();
        Assert.Equal(("failed", "recipientRefused"), (seen.GetProperty("delivery").GetString(), seen.GetProperty("failure").GetString()));

        using var browser = await portal.SignInAsync(await portal.NewPersonAsync(tenant, PortalRole.TenantAdmin));
        var page = $"{tenant.Pages}/settings/members";
        Assert.Contains("not delivered", await browser.ReadAsync(page), StringComparison.Ordinal);
        using var handed = await browser.PostAsync($"{page}?handler=Link", new() { ["invitation"] = made.GetProperty("id").GetString()! }, page);
        Assert.NotNull((await Infrastructure.Pages.ParseAsync(await handed.Content.ReadAsStringAsync(Cancel))).QuerySelector(".hand-over"));
    }

    [Fact]
    public async Task Nobody_is_invited_twice_and_a_member_not_at_all()
    {
        var tenant = await portal.NewTenantAsync();
        var member = await portal.NewPersonAsync(tenant, PortalRole.Helpdesk);
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        Task<HttpResponseMessage> Invite(string address) => admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{address}}", "role": "auditor"}""");
        await Invite(member.UserName).ProblemAsync(HttpStatusCode.Conflict);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Invite("twin@portal.example")));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Created);
        Assert.Equal(3, answers.Count(a => a.StatusCode == HttpStatusCode.Conflict));
        await Invite("no address").ProblemAsync(HttpStatusCode.BadRequest);
    }

    private async Task<(TestTenant, TestMailbox)> TenantAndGuestAsync()
    {
        var tenant = await portal.NewTenantAsync();
        return (tenant, await portal.NewMailboxAsync(tenant));
    }

    private async Task<Invited> InviteAsync(PortalRole role)
    {
        var (tenant, guest) = await TenantAndGuestAsync();
        var admin = await portal.ApiAsync(tenant, PortalRole.TenantAdmin);
        var word = char.ToLowerInvariant(role.ToString()[0]) + role.ToString()[1..];
        using var made = await admin.PostJsonAsync($"{tenant.Api}/members", $$"""{"address": "{{guest.Address}}", "role": "{{word}}"}""");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return new(tenant, guest, admin, made.Headers.Location!.ToString(), await mailing.LinkAsync(guest));
    }

    private async Task<Browser> FollowAsync(string link)
    {
        var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(link);
        Assert.Equal("/invitation", followed.Headers.Location?.ToString());
        return browser;
    }

    private async Task AcceptAsync(string link)
    {
        using var browser = await FollowAsync(link);
        using var accepted = await browser.PostAsync("/invitation", Form("Somebody", "en"));
        Assert.Equal(HttpStatusCode.Redirect, accepted.StatusCode);
    }

    /// <summary>All that somebody sees who follows the link: status and page, without the token of its form.</summary>
    private async Task<string> AnswerAsync(string link)
    {
        using var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(link);
        using var page = await browser.GetAsync("/invitation");
        var words = (await Infrastructure.Pages.ParseAsync(await page.Content.ReadAsStringAsync(Cancel))).QuerySelector("main").Says();
        using var posted = await browser.PostAsync("/invitation", Form("Somebody", "en"), "/sign-in");
        var refused = (await Infrastructure.Pages.ParseAsync(await posted.Content.ReadAsStringAsync(Cancel))).QuerySelector("main").Says();
        return $"{(int)page.StatusCode} {words} {(int)posted.StatusCode} {refused}";
    }

    private static Dictionary<string, string> Form(string name, string language, string password = Password) =>
        new() { ["DisplayName"] = name, ["Language"] = language, ["Password"] = password };

    private sealed record Invited(TestTenant Tenant, TestMailbox Guest, HttpClient Admin, string Path, string Link);
}
