using System.Net;
using AdminPortal.Data;
using AdminPortal.Features.SignIn.Reset;
using AdminPortal.Hosting;
using AdminPortal.Tests.Features.Members;
using AdminPortal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace AdminPortal.Tests.Features.SignIn.Reset;

/// <summary>A forgotten password: asked for by anybody, mailed to the owner alone, set once.</summary>
public sealed class PasswordResetTests : IClassFixture<MailingPortal>
{
    private const string New = "slow river under bridges";
    private readonly MailingPortal mailing;
    private readonly PortalFactory portal;

    public PasswordResetTests(MailingPortal mailing)
    {
        (this.mailing, portal) = (mailing, mailing.Portal);
        // Every test asks from the same address; the limits have tests of their own.
        ForgetQuestions();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_owner_gets_a_link_sets_a_new_password_and_every_session_is_over()
    {
        var (tenant, person, inbox) = await PersonAsync();
        using var elsewhere = await portal.SignInAsync(person);
        await elsewhere.ReadAsync(tenant.Pages);
        await AskAsync(person.UserName.ToUpperInvariant());
        var link = await LinkAsync(inbox);

        using var browser = await FollowAsync(link);
        Assert.Contains(person.UserName, await browser.ReadAsync("/reset-password"), StringComparison.Ordinal);
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        Assert.Equal("/sign-in", set.Headers.Location?.ToString());

        using var over = await elsewhere.GetAsync(tenant.Pages);
        Assert.StartsWith("/sign-in", over.Headers.Location?.ToString(), StringComparison.Ordinal);
        using var again = await portal.SignInAsync(person with { Password = New });
        await again.ReadAsync(tenant.Pages);
        using var old = portal.NewBrowser();
        using var refused = await old.PostAsync("/sign-in", new() { ["Name"] = person.UserName, ["Password"] = person.Password });
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        var trail = (await portal.AuditAsync(tenant)).Where(e => e.Target == person.UserName).Select(e => (e.Action, e.ActorKind)).ToList();
        Assert.Contains((AuditActions.PasswordResetAsked, ActorKind.System), trail);
        Assert.Contains((AuditActions.PasswordReset, ActorKind.User), trail);
    }

    [Fact]
    public async Task For_the_owner_of_a_mailbox_it_is_the_password_of_both_doors()
    {
        var tenant = await portal.NewTenantAsync();
        var owner = await portal.NewPersonAsync(tenant, PortalRole.MailboxOwner);
        await AskAsync(owner.UserName);
        using var browser = await FollowAsync(await LinkAsync(owner.Mailbox!));
        Assert.Contains("It becomes the password of your mailbox, too", await browser.ReadAsync("/reset-password"), StringComparison.Ordinal);
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        using var signedIn = await portal.SignInAsync(owner with { Password = New });
        Assert.Single(await mailing.ReadAsync(owner.Mailbox! with { Password = New }));
        await Assert.ThrowsAsync<MailKit.Security.AuthenticationException>(() => mailing.ReadAsync(owner.Mailbox!));
        Assert.Contains(await portal.AuditAsync(tenant), e => e.Action == AuditActions.MailboxPasswordSet && e.Target == owner.UserName);
    }

    [Fact]
    public async Task Somebody_without_a_mailbox_has_no_mail_password_touched()
    {
        var (tenant, person, inbox) = await PersonAsync();
        await AskAsync(person.UserName);
        using var browser = await FollowAsync(await LinkAsync(inbox));
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        Assert.Single(await mailing.ReadAsync(inbox));
        Assert.DoesNotContain(await portal.AuditAsync(tenant), e => e.Action == AuditActions.MailboxPasswordSet);
    }

    [Fact]
    public async Task Known_and_unknown_names_get_the_same_words_status_headers_and_work()
    {
        var (_, person, _) = await PersonAsync();
        var answers = new List<(HttpStatusCode, string, string)>();
        foreach (var name in new[] { person.UserName, "nobody@nowhere.example", "no address at all", $"{person.UserName}.example" })
        {
            using var browser = portal.NewBrowser();
            using var answer = await browser.PostAsync("/forgot-password", new() { ["Name"] = name });
            var page = await Infrastructure.Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel));
            answers.Add((answer.StatusCode, page.QuerySelector("main").Says(), string.Join(' ', answer.Headers.Select(h => h.Key).Order())));
        }
        Assert.Single(answers.Distinct());
        Assert.Contains("If there is an account of that name", answers[0].Item2, StringComparison.Ordinal);
        // Nobody has looked whose name it is when the answer leaves: each is one row, and nothing else, so its time says nothing either.
        var rows = await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.AsNoTracking().ToListAsync(Cancel));
        Assert.Equal(3, rows.Count);
        Assert.All(rows, row => Assert.Equal((null, null, null), (row.HandledAt, row.UserId, row.TokenHash)));
    }

    [Fact]
    public async Task Used_expired_and_invented_links_get_one_and_the_same_answer()
    {
        var answers = new List<string> { await AnswerAsync($"/reset-password/{OneTimeSecret.Make().Text}"), await AnswerAsync("/reset-password/x"), await AnswerAsync("/reset-password") };
        var (_, first, firstInbox) = await PersonAsync();
        await AskAsync(first.UserName);
        var used = await LinkAsync(firstInbox);
        using var browser = await FollowAsync(used);
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        answers.Add(await AnswerAsync(used));

        var (_, second, secondInbox) = await PersonAsync();
        await AskAsync(second.UserName);
        var expired = await LinkAsync(secondInbox);
        await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.Where(r => r.UserId == second.Id)
            .ExecuteUpdateAsync(r => r.SetProperty(x => x.ExpiresAt, TimeProvider.System.GetUtcNow()), Cancel));
        answers.Add(await AnswerAsync(expired));
        Assert.Single(answers.Distinct());
        Assert.StartsWith("404", answers[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reset_ends_every_other_link_of_the_account_and_of_two_at_once_one_wins()
    {
        var (_, person, inbox) = await PersonAsync();
        await AskAsync(person.UserName);
        var first = await LinkAsync(inbox);
        await AskAsync(person.UserName);
        var second = await LinkAsync(inbox);
        using var one = await FollowAsync(second);
        using var other = await FollowAsync(second);
        var answers = await Task.WhenAll(
            one.PostAsync("/reset-password", new() { ["Password"] = New }, "/sign-in"), other.PostAsync("/reset-password", new() { ["Password"] = "another quiet meadow" }, "/sign-in"));
        Assert.Single(answers, a => a.StatusCode == HttpStatusCode.Redirect);
        Assert.StartsWith("404", await AnswerAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_gets_three_mails_an_hour_and_the_fourth_asker_is_told_nothing_else()
    {
        var (_, person, inbox) = await PersonAsync();
        var words = new List<string>();
        for (var n = 0; n < 5; n++) words.Add(await AskAsync(person.UserName));
        Assert.Single(words.Distinct());
        await HandleAsync();
        Assert.Equal(3, (await mailing.ReadAsync(inbox)).Count);
    }

    [Fact]
    public async Task One_address_asks_for_twenty_names_an_hour()
    {
        for (var n = 0; n < 22; n++) await AskAsync($"somebody-{n}@nowhere.example");
        Assert.Equal(20, await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.CountAsync(Cancel)));
    }

    [Fact]
    public async Task A_password_that_the_policy_refuses_leaves_the_old_one_and_the_link_stays_good()
    {
        var (_, person, inbox) = await PersonAsync();
        await AskAsync(person.UserName);
        using var browser = await FollowAsync(await LinkAsync(inbox));
        using var refused = await browser.PostAsync("/reset-password", new() { ["Password"] = "short" });
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        using var still = await portal.SignInAsync(person);
        using var set = await browser.PostAsync("/reset-password", new() { ["Password"] = New });
        Assert.Equal(HttpStatusCode.Redirect, set.StatusCode);
    }

    [Fact]
    public async Task Only_the_hash_of_the_secret_is_stored_and_it_is_kept_out_of_addresses_and_referrers()
    {
        var (_, person, inbox) = await PersonAsync();
        await AskAsync(person.UserName);
        var link = await LinkAsync(inbox);
        var stored = await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.SingleAsync(r => r.UserId == person.Id, Cancel));
        Assert.Equal(OneTimeSecret.Of(link.Split('/')[^1]).Hash, stored.TokenHash);
        Assert.InRange(stored.ExpiresAt!.Value - stored.AskedAt, SendResetLink.Lasts, SendResetLink.Lasts + TimeSpan.FromMinutes(1));
        using var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(link);
        Assert.Equal(("/reset-password", "no-referrer"), (followed.Headers.Location?.ToString(), Assert.Single(followed.Headers.GetValues("Referrer-Policy"))));
        Assert.DoesNotContain(link.Split('/')[^1], await browser.ReadAsync("/reset-password"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_can_read_a_platform_administrators_mail_does_not_become_one()
    {
        var tenant = await portal.NewTenantAsync();
        var boss = await portal.NewPersonAsync($"boss@{tenant.Domain}", user => user.IsPlatformAdmin = true);
        // The tenant's administrator makes a mailbox of that name, and asks.
        var trap = await portal.NewMailboxAsync(tenant, "boss");
        var (_, other, _) = await PersonAsync();

        Assert.Equal((await AskAsync(other.UserName)).Replace(other.UserName, "…", StringComparison.Ordinal), (await AskAsync(boss.UserName)).Replace(boss.UserName, "…", StringComparison.Ordinal));
        await HandleAsync();

        Assert.Empty(await mailing.ReadAsync(trap));
        Assert.False(await portal.InScopeAsync(scope => scope.GetRequiredService<PortalDbContext>().PasswordResets.AnyAsync(r => r.UserId == boss.Id, Cancel)));
    }

    [Fact]
    public async Task Without_outgoing_mail_the_page_says_so()
    {
        using var off = mailing.With(o => (o.Host, o.From, o.UserName, o.Password) = (null, null, null, null));
        using var browser = portal.NewBrowser();
        Assert.Contains("This portal sends no mail", await browser.ReadAsync("/forgot-password"), StringComparison.Ordinal);
    }

    private async Task<(TestTenant, TestPerson, TestMailbox)> PersonAsync()
    {
        var tenant = await portal.NewTenantAsync();
        var inbox = await portal.NewMailboxAsync(tenant);
        var person = await portal.NewPersonAsync(inbox.Address);
        await portal.AddMemberAsync(tenant, person, PortalRole.TenantAdmin);
        return (tenant, person, inbox);
    }

    private async Task<string> AskAsync(string name)
    {
        using var browser = portal.NewBrowser();
        using var answer = await browser.PostAsync("/forgot-password", new() { ["Name"] = name });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await Infrastructure.Pages.ParseAsync(await answer.Content.ReadAsStringAsync(Cancel))).QuerySelector("main").Says();
    }

    // As the worker does it, in the process of the test.
    private async Task HandleAsync()
    {
        while (await portal.InScopeAsync(scope => scope.GetRequiredService<SendResetLink>().HandleNextAsync(Cancel))) { }
    }

    private async Task<string> LinkAsync(TestMailbox inbox)
    {
        await HandleAsync();
        return await mailing.LinkAsync(inbox);
    }

    private async Task<Browser> FollowAsync(string link)
    {
        var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(link);
        Assert.Equal("/reset-password", followed.Headers.Location?.ToString());
        return browser;
    }

    private async Task<string> AnswerAsync(string link)
    {
        using var browser = portal.NewBrowser();
        using var followed = await browser.GetAsync(link);
        using var page = await browser.GetAsync("/reset-password");
        using var posted = await browser.PostAsync("/reset-password", new() { ["Password"] = New }, "/sign-in");
        var words = (await Infrastructure.Pages.ParseAsync(await page.Content.ReadAsStringAsync(Cancel))).QuerySelector("main").Says();
        var refused = (await Infrastructure.Pages.ParseAsync(await posted.Content.ReadAsStringAsync(Cancel))).QuerySelector("main").Says();
        return $"{(int)page.StatusCode} {words} {(int)posted.StatusCode} {refused}";
    }

    private void ForgetQuestions()
    {
        using var source = NpgsqlDataSource.Create(portal.Database.SuperuserConnectionString);
        using var command = source.CreateCommand("DELETE FROM password_reset");
        command.ExecuteNonQuery();
    }
}
